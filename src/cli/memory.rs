//! The allocator of the program: mimalloc, and before it one stretch of memory that is handed out and not taken back.
//!
//! A command such as `diff` lives for ten milliseconds and makes fifty thousand small pieces. An allocator that keeps them
//! apart by size and thread spreads them over twice as many pages, and the first touch of a page costs more than what is then
//! done there. Here they lie side by side; a long command soon leaves the stretch behind.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use mimalloc::MiMalloc;

/// Bytes of the stretch.
const STRETCH: usize = 8 << 20;
/// Bytes that a thread takes of it at a time.
const SHARE: usize = 64 << 10;
/// A piece of more bytes is not taken from a share.
const LARGE: usize = SHARE / 4;
/// A piece of more bytes is not taken from the stretch.
const HUGE: usize = STRETCH / 8;

/// Alignment of what is larger than a share, and of the shares.
const ALIGNED: usize = 16;
const WHOLE: Layout = match Layout::from_size_align(STRETCH, ALIGNED) {
    Ok(layout) => layout,
    Err(_) => panic!("no layout"),
};

/// See the module.
pub(crate) struct StretchFirst;

/// Where the stretch begins: a piece of mimalloc, made when it is first asked for.
static BEGIN: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
/// Bytes of it that were given to threads.
static GIVEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Addresses between which the share of this thread is free.
    static FREE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Where the stretch begins; `None` where there is no memory for it.
fn begin() -> Option<*mut u8> {
    let known = BEGIN.load(Ordering::Acquire);
    if !known.is_null() {
        return Some(known);
    }
    // SAFETY: the size is not 0, the alignment is a power of two.
    let made = unsafe { MiMalloc.alloc(WHOLE) };
    match BEGIN.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Some(made).filter(|begin| !begin.is_null()),
        Err(other) => {
            if !made.is_null() {
                // SAFETY: it was made above by the same allocator and layout, and nobody else has seen it.
                unsafe { MiMalloc.dealloc(made, WHOLE) };
            }
            Some(other)
        }
    }
}

/// Whether a piece is of the stretch.
fn is_inside(piece: *mut u8) -> bool {
    let begin = BEGIN.load(Ordering::Acquire);
    !begin.is_null() && piece.addr().wrapping_sub(begin.addr()) < STRETCH
}

/// So many bytes that nobody else gets; `None` where not as many are left.
fn give(size: usize) -> Option<*mut u8> {
    // Looked at first, so that the sum stays small.
    if GIVEN.load(Ordering::Relaxed) + size > STRETCH {
        return None;
    }
    let from = GIVEN.fetch_add(size, Ordering::Relaxed);
    if from + size > STRETCH { None } else { Some(begin()?.wrapping_add(from)) }
}

/// A piece that does not fit into what this thread has left.
#[cold]
#[inline(never)]
fn more(layout: Layout) -> Option<*mut u8> {
    match layout.size() {
        _ if layout.align() > ALIGNED => None,
        HUGE.. => None,
        LARGE.. => give(layout.size().next_multiple_of(ALIGNED)),
        _ => {
            let share = give(SHARE)?;
            FREE.set((share.addr() + layout.size(), share.addr() + SHARE));
            Some(share)
        }
    }
}

// SAFETY: a piece of the stretch lies in a range that `give` gave to one thread or in a piece that was given back to the
// thread whose range begins where it ends, and that range then begins behind it; all other pieces are mimalloc's own.
// `dealloc` and `realloc` tell them apart by their addresses, since the stretch itself is never given back.
unsafe impl GlobalAlloc for StretchFirst {
    // Not inlined: it would be ten thousand times, and make the program a tenth larger.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (from, to) = FREE.get();
        let at = from.next_multiple_of(layout.align());
        // No sum that could overflow.
        if at <= to && layout.size() <= to - at {
            FREE.set((at + layout.size(), to));
            return BEGIN.load(Ordering::Relaxed).with_addr(at);
        }
        // SAFETY: the layout is the caller's.
        more(layout).unwrap_or_else(|| unsafe { MiMalloc.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= HUGE {
            // SAFETY: the layout is the caller's.
            return unsafe { MiMalloc.alloc_zeroed(layout) };
        }
        // SAFETY: as above; the piece has that size.
        unsafe {
            let piece = self.alloc(layout);
            if !piece.is_null() {
                piece.write_bytes(0, layout.size());
            }
            piece
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if !is_inside(piece) {
            // SAFETY: it is not of the stretch, so it came from there with this layout.
            return unsafe { MiMalloc.dealloc(piece, layout) };
        }
        let (from, to) = FREE.get();
        if piece.addr() + layout.size() == from {
            FREE.set((piece.addr(), to));
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_inside(piece) {
            // SAFETY: it is not of the stretch, so it came from there with this layout.
            return unsafe { MiMalloc.realloc(piece, layout, size) };
        }
        let (from, to) = FREE.get();
        // The last piece grows and shrinks where it is; every other shrinks.
        if piece.addr() + layout.size() == from && size <= to - piece.addr() {
            FREE.set((piece.addr() + size, to));
            return piece;
        }
        if size <= layout.size() {
            return piece;
        }
        // SAFETY: the caller's alignment with his new size, which he answers for; both pieces hold the bytes that are copied.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(piece, layout.size());
            }
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A piece and the byte that all of it holds.
    struct Held {
        piece: *mut u8,
        layout: Layout,
        byte: u8,
    }

    impl Held {
        fn is_whole(&self) -> bool {
            let aligned = self.piece.addr().is_multiple_of(self.layout.align());
            // SAFETY: the piece has that size and was written when it was made.
            aligned
                && unsafe { std::slice::from_raw_parts(self.piece, self.layout.size()) }.iter().all(|b| *b == self.byte)
        }
    }

    /// Makes, grows, shrinks and gives back pieces of all sizes; no piece is ever changed by another.
    fn churn(mut state: u64, steps: usize) {
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut held: Vec<Held> = Vec::new();
        for step in 0..steps {
            let size = 1 + match random(50) {
                0 => random(2 * HUGE),
                1..5 => random(2 * LARGE),
                _ => random(100),
            };
            let byte = (step % 255) as u8 + 1;
            match random(4) {
                0 | 1 => {
                    let layout = Layout::from_size_align(size, 1 << random(7)).unwrap();
                    // SAFETY: the size is not 0.
                    let piece = unsafe { StretchFirst.alloc_zeroed(layout) };
                    assert!(Held { piece, layout, byte: 0 }.is_whole(), "zeroed");
                    // SAFETY: the piece has that size.
                    unsafe { piece.write_bytes(byte, size) };
                    held.push(Held { piece, layout, byte });
                }
                2 if !held.is_empty() => {
                    let at = if random(2) == 0 { held.len() - 1 } else { random(held.len()) };
                    let Held { piece, layout, byte: old } = held.swap_remove(at);
                    // SAFETY: it was made with that layout.
                    let piece = unsafe { StretchFirst.realloc(piece, layout, size) };
                    let kept = Layout::from_size_align(size.min(layout.size()), layout.align()).unwrap();
                    assert!(Held { piece, layout: kept, byte: old }.is_whole(), "moved");
                    // SAFETY: the piece has that size now.
                    unsafe { piece.write_bytes(byte, size) };
                    held.push(Held { piece, layout: Layout::from_size_align(size, layout.align()).unwrap(), byte });
                }
                _ if !held.is_empty() => {
                    let one = held.swap_remove(random(held.len()));
                    assert!(one.is_whole(), "another one wrote into it");
                    // SAFETY: it was made with that layout.
                    unsafe { StretchFirst.dealloc(one.piece, one.layout) };
                }
                _ => {}
            }
        }
        for one in held {
            assert!(one.is_whole(), "another one wrote into it");
            // SAFETY: it was made with that layout.
            unsafe { StretchFirst.dealloc(one.piece, one.layout) };
        }
    }

    #[test]
    fn no_piece_is_changed_by_another_on_four_threads_within_the_stretch_and_behind_it() {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || churn(thread, 4000));
            }
        });
        assert!(GIVEN.load(Ordering::Relaxed) + SHARE > STRETCH, "the stretch was used up on the way");
    }
}
