//! What the browser tests share with `cargo xtask`: where things are, which browsers there are, and a static file server.

pub mod browsers;
pub mod places;
pub mod server;
