//! An analysis worker: see `platform::worker`.

fn main() {
    #[cfg(target_arch = "wasm32")]
    strayline::platform::worker::start();
}
