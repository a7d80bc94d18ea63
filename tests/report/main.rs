//! `report`: the page in a real browser, and the other forms that it has.

mod browser;
mod forms;
mod numbers;
mod odd;
mod sandbox;
mod serving;
