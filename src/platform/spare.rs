//! A worker without files, for a look at bytes that the page must not read itself.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;

use super::pool::{News, Pool};
use crate::engine::inspect::{Inspect, Inspected};
use crate::engine::{Event, Request};

/// Looks into a saved model; an error is a sentence for the person.
pub async fn inspect(model: &[u8], what: Inspect) -> Result<Inspected, String> {
    let (sender, answer) = oneshot::channel();
    let sender = RefCell::new(Some(sender));
    let hear: Rc<dyn Fn(usize, News)> = Rc::new(move |_, news| {
        let result = match news {
            News::Event(Event::Inspected(result)) => result,
            News::Event(_) => return,
            News::Lost(reason) => Err(reason),
        };
        // Whoever asked may be gone.
        let _ = sender.borrow_mut().take().map(|sender| sender.send(result));
    });
    let pool = Pool::start(1, &[], &hear);
    pool.send(0, Request::Inspect { model: model.to_vec().into(), what });
    answer.await.unwrap_or_else(|_| Err("The browser ended the worker that looked into the model.".into()))
}
