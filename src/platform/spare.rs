//! A worker without files, for what the page must not do itself and the others have no time for. Whoever drops the future
//! ends the worker.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;

use super::pool::{News, Pool};
use crate::engine::inspect::{Inspect, Inspected};
use crate::engine::part::Part;
use crate::engine::{Event, Request};

/// Looks into a saved model; an error is a sentence for the person.
pub async fn inspect(model: &[u8], what: Inspect) -> Result<Inspected, String> {
    let answer = ask(Request::Inspect { model: model.to_vec().into(), what }, |news| match news {
        News::Event(Event::Inspected(result)) => Some(result),
        News::Event(_) => None,
        News::Lost(reason) => Some(Err(reason)),
    });
    answer.await.unwrap_or_else(|| Err("The browser ended the worker that looked into the model.".into()))
}

/// Fits a detector ([`Request::Fit`]); `told` hears the share of the work that is done. `None` where the browser ended it.
pub async fn fit(request: Request, told: impl Fn(f32) + 'static) -> Option<Part> {
    let answer = ask(request, move |news| match news {
        News::Event(Event::Fitting { done }) => {
            told(done);
            None
        }
        News::Event(Event::Fitted { model }) => Some(Some(model)),
        News::Event(_) => None,
        News::Lost(_) => Some(None),
    });
    answer.await.flatten().filter(|model| !model.is_empty())
}

/// Asks, and listens until `hear` makes an answer of what is said.
async fn ask<T: 'static>(request: Request, hear: impl Fn(News) -> Option<T> + 'static) -> Option<T> {
    let (sender, answer) = oneshot::channel();
    let sender = RefCell::new(Some(sender));
    let hear: Rc<dyn Fn(usize, News)> = Rc::new(move |_, news| {
        if let Some(heard) = hear(news) {
            // Whoever asked may be gone.
            let _ = sender.borrow_mut().take().map(|sender| sender.send(heard));
        }
    });
    let pool = Pool::start(1, &[], &hear);
    pool.send(0, request);
    answer.await.ok()
}
