//! What benchstat prints of samples.
