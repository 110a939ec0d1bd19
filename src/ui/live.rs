//! Fewer types, for a smaller page.
//!
//! A closure has a type of its own, and for every type Leptos makes about a kilobyte of WebAssembly: how to build, to update
//! and to dispose of what it gives. Behind a box they share one. A box costs nothing that could be felt here.

use leptos::prelude::*;

/// A value on the screen that follows its sources.
pub(super) type Live<T> = Box<dyn FnMut() -> T + Send>;

/// Boxes a closure that a view follows. `T` should be one of a few: [`AnyView`], an [`Option`] of it, [`String`], [`bool`].
pub(super) fn live<T>(value: impl FnMut() -> T + Send + 'static) -> Live<T> {
    Box::new(value)
}

/// Runs now, after the view stands, and again whenever what it read has changed.
pub(super) fn watch(run: impl FnMut() + 'static) {
    fn start(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    start(Box::new(run));
}
