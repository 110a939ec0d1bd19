//! The page's own Content-Security-Policy: what it allows, and how to tighten it for the rest of the visit.

use futures_channel::oneshot;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlMetaElement, RequestInit, SecurityPolicyViolationEvent};

use crate::explain::reach::Reach;

/// Policies add up: each is obeyed, and none can be taken back while the page is open.
const NOTHING: &str = "connect-src 'none'";
/// How long the browser may take to say that it refused something, in milliseconds.
const PATIENCE: i32 = 3000;

/// Whom the page's policy lets it speak to.
pub fn reach() -> Reach {
    let meta = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector("meta[http-equiv='Content-Security-Policy']").ok().flatten())
        .and_then(|element| element.dyn_into::<HtmlMetaElement>().ok());
    meta.map(|meta| Reach::of_policy(&meta.content())).unwrap_or_default()
}

/// Forbids every connection until the page is loaded again; `false` where the browser did not let it.
pub fn forbid() -> bool {
    let add = || {
        let document = web_sys::window()?.document()?;
        let meta: HtmlMetaElement = document.create_element("meta").ok()?.dyn_into().ok()?;
        meta.set_http_equiv("Content-Security-Policy");
        meta.set_content(NOTHING);
        document.head()?.append_child(&meta).ok()
    };
    add().is_some()
}

/// Tries to reach an address, without a key and without a word of a log, and gives what the browser said when it refused;
/// `None` if it did not refuse.
pub async fn try_to_reach(address: &str) -> Option<String> {
    let window = web_sys::window()?;
    let (sender, refused) = oneshot::channel::<Option<String>>();
    let sender = std::rc::Rc::new(std::cell::Cell::new(Some(sender)));
    let tell = move |what: Option<String>| {
        if let Some(sender) = sender.take() {
            // Only the first counts.
            let _ = sender.send(what);
        }
    };
    let timeout = tell.clone();
    let hear = Closure::<dyn Fn(SecurityPolicyViolationEvent)>::new(move |event: SecurityPolicyViolationEvent| {
        tell(Some(format!("{} refused by {}", event.blocked_uri(), event.effective_directive())));
    });
    let late = Closure::once(move || timeout(None));
    let listener = hear.as_ref().unchecked_ref();
    window.add_event_listener_with_callback("securitypolicyviolation", listener).ok()?;
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(late.as_ref().unchecked_ref(), PATIENCE);
    let options = RequestInit::new();
    options.set_method("HEAD");
    let fetched = JsFuture::from(window.fetch_with_str_and_init(address, &options)).await;
    let said = refused.await.ok().flatten();
    let _ = window.remove_event_listener_with_callback("securitypolicyviolation", listener);
    // It is dropped only after it has run or can't run any more.
    late.forget();
    if fetched.is_ok() { None } else { said }
}
