//! Reading ahead: the bytes of ranges that are to be parsed are asked for as soon as the request is known.

use std::collections::BTreeMap;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use super::files::Fetched;
use crate::engine::parse::{LOOK_AHEAD, Task};

/// What was asked of a worker's reader, and what it has answered.
#[derive(Debug)]
pub struct Ahead {
    port: MessagePort,
    next: u32,
    asked: BTreeMap<u32, Asked>,
}

/// A range, and what became of it.
#[derive(Debug)]
struct Asked {
    file: u32,
    from: u64,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Waiting,
    Bytes(Uint8Array),
    /// It can't be read that way.
    Nothing,
}

impl Ahead {
    /// Asks through a port, whose messages [`Self::hear`] is to be told.
    pub fn new(port: MessagePort) -> Self {
        Self { port, next: 0, asked: BTreeMap::new() }
    }

    /// Asks for the bytes of a range of a real file; gives the ticket for [`Self::take`].
    pub fn ask(&mut self, task: &Task, file: u32) -> u32 {
        let (ticket, from) = (self.next, task.start.unwrap_or_else(|| task.from.saturating_sub(1)));
        self.next += 1;
        let to = task.to + LOOK_AHEAD as u64;
        let message = Array::of4(&ticket.into(), &file.into(), &(from as f64).into(), &(to as f64).into());
        let asked = self.port.post_message(&message);
        let answer = if asked.is_ok() { Answer::Waiting } else { Answer::Nothing };
        self.asked.insert(ticket, Asked { file, from, answer });
        ticket
    }

    /// Hears an answer.
    pub fn hear(&mut self, data: &JsValue) {
        let Some(answer) = data.dyn_ref::<Array>() else { return };
        let ticket = answer.get(0).as_f64().map_or(u32::MAX, |ticket| ticket as u32);
        if let Some(asked) = self.asked.get_mut(&ticket) {
            let bytes = answer.get(1);
            asked.answer = bytes.dyn_into().map_or(Answer::Nothing, Answer::Bytes);
        }
    }

    /// Whether the answer is here.
    pub fn is_here(&self, ticket: u32) -> bool {
        self.asked.get(&ticket).is_none_or(|asked| !matches!(asked.answer, Answer::Waiting))
    }

    /// The bytes of a range, if they could be read.
    pub fn take(&mut self, ticket: u32) -> Option<Fetched> {
        let Asked { file, from, answer } = self.asked.remove(&ticket)?;
        match answer {
            Answer::Bytes(bytes) => Some(Fetched { file, from, bytes }),
            Answer::Waiting | Answer::Nothing => None,
        }
    }

    /// Gives bytes back that nobody needs any more: what is read next takes their place.
    pub fn give_back(&self, fetched: &Fetched) {
        let buffer = fetched.bytes.buffer();
        // Bytes that can't be given back are the garbage collector's.
        let _ = self.port.post_message_with_transferable(&Array::of2(&JsValue::NULL, &buffer), &Array::of1(&buffer));
    }
}
