//! What every job needs: the three calls of the job interface `wasm/1`, a place for state between steps, and a panic
//! that traps. No allocator, no floats.

#[link(wasm_import_module = "joule")]
extern "C" {
    fn input_len() -> i64;
    fn input_read(offset: i64, to: *mut u8, len: usize) -> i32;
    fn output_write(from: *const u8, len: usize);
}

/// Reads the whole input into `buffer`; an input that does not fit ends the job.
pub fn input(buffer: &mut [u8]) -> &[u8] {
    // SAFETY: takes no pointer.
    let len = unsafe { input_len() } as usize;
    assert!(len <= buffer.len());
    // SAFETY: the range is the buffer's own; the host writes inside it only.
    let read = unsafe { input_read(0, buffer.as_mut_ptr(), len) };
    &buffer[..read as usize]
}

/// Appends to the output of the current step.
pub fn write(bytes: &[u8]) {
    // SAFETY: the range is the slice's own; the host only reads it.
    unsafe { output_write(bytes.as_ptr(), bytes.len()) }
}

/// State that lives from step to step.
pub struct State<T>(core::cell::UnsafeCell<T>);

// SAFETY: a job has one thread.
unsafe impl<T> Sync for State<T> {}

impl<T> State<T> {
    pub const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// The state, to change; `step` takes it once and hands it down.
    #[allow(clippy::mut_from_ref)]
    pub fn take(&self) -> &mut T {
        // SAFETY: one thread, and `step`, which is not re-entered, is the only caller.
        unsafe { &mut *self.0.get() }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
