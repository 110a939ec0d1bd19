//! The explanation of a row: from its session to a request, and from the answer to claims that hold.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::send::{Parcel, Queue, Sender, get, send, work};
use super::store::ModelStore;
use crate::explain::answer::{Answer, Kind, Usage, token_count};
use crate::explain::cause::{self, Evidence, Expectation, Explanation, Sent};
use crate::explain::pace::{Outcome, State};
use crate::explain::redact::Redactor;
use crate::explain::verify::{self, Checked};
use crate::explain::{Binding, Choices, request};
use crate::platform::client::Gathered;
use crate::platform::model::Stop;
use crate::ui::app::Ui;

/// Requests per minute at most: it is one at a time.
const PER_MINUTE: u32 = 10;

/// A request as it is shown before it is sent, and what reads its answer.
pub(super) struct Prepared {
    pub(super) parcel: Parcel,
    /// Where it goes.
    pub(super) address: String,
    /// Tokens, roughly.
    pub(super) tokens: u64,
    pub(super) redactor: Redactor,
    /// What citations are held against.
    pub(super) sent: Vec<Sent>,
    /// What is wrong with the person's own words.
    pub(super) wrong: Option<String>,
    /// The request that has its tokens counted, where the provider can.
    pub(super) count: Option<request::Request>,
    /// The further question, where it is one.
    pub(super) question: Option<String>,
}

/// A question and its answer.
pub(super) struct Turn {
    pub(super) prepared: Rc<Prepared>,
    pub(super) explanation: Explanation,
    pub(super) claims: Vec<Checked>,
    /// The answer to its last letter, with pseudonyms.
    pub(super) text: String,
    pub(super) model: String,
    pub(super) usage: Usage,
    /// What kept the answer from being whole, or what the provider says of the model's end.
    pub(super) notes: Vec<String>,
    /// What must be said of an answer that no model gave.
    pub(super) recorded: Option<&'static str>,
}

/// Store of the explanation.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Explaining {
    /// The row, and what stands around it.
    pub(super) subject: RwSignal<Option<Rc<Gathered>>, LocalStorage>,
    pub(super) prepared: RwSignal<Option<Rc<Prepared>>, LocalStorage>,
    /// Why no request can be made.
    pub(super) unprepared: RwSignal<Option<String>>,
    /// The further question that is to be sent.
    pub(super) question: RwSignal<Option<String>>,
    binding: RwSignal<Binding>,
    pub(super) turns: RwSignal<Vec<Rc<Turn>>, LocalStorage>,
    /// What has come of the answer that is under way.
    pub(super) streaming: RwSignal<Option<String>>,
    pub(super) waiting: RwSignal<Option<String>>,
    /// Tokens of what is prepared, as the provider counts them.
    pub(super) counted: RwSignal<Option<Result<u64, String>>>,
    pub(super) failed: RwSignal<Option<String>>,
    queue: RwSignal<Option<Rc<Queue>>, LocalStorage>,
    /// The row that was looked up last, and whether it had a score by then.
    looked_up: StoredValue<Option<(u64, bool)>>,
}

impl Explaining {
    pub(super) fn new() -> Self {
        Self {
            subject: RwSignal::new_local(None),
            prepared: RwSignal::new_local(None),
            unprepared: RwSignal::new(None),
            question: RwSignal::new(None),
            binding: RwSignal::new(Binding::Schema),
            turns: RwSignal::new_local(Vec::new()),
            streaming: RwSignal::new(None),
            waiting: RwSignal::new(None),
            counted: RwSignal::new(None),
            failed: RwSignal::new(None),
            queue: RwSignal::new_local(None),
            looked_up: StoredValue::new(None),
        }
    }

    pub(super) fn busy(&self) -> bool {
        self.queue.with(Option::is_some)
    }

    /// Whether the row may be exchanged for another without a loss.
    pub(super) fn is_free(&self) -> bool {
        !self.busy() && self.turns.with(Vec::is_empty)
    }

    /// Forgets all of it.
    pub(super) fn clear(&self) {
        self.stop();
        self.looked_up.set_value(None);
        self.subject.set(None);
        self.forget_answers();
    }

    /// Forgets the answers; what was asked is prepared again.
    pub(super) fn forget_answers(&self) {
        self.turns.set(Vec::new());
        self.question.set(None);
        self.failed.set(None);
        self.streaming.set(None);
        self.binding.set(Binding::Schema);
    }

    /// Stops the request that is under way.
    pub(super) fn stop(&self) {
        if let Some(queue) = self.queue.get_untracked() {
            queue.cancel();
        }
    }
}

/// Takes the selected row for the one to be explained, while nothing is lost by it.
pub(super) fn follow(ui: Ui, store: ModelStore) {
    let wanted = ui.selection.row.get().map(|row| (row, ui.session.scores.with(Option::is_some)));
    if let Some((row, _)) = wanted
        && store.explaining.is_free()
        && store.explaining.looked_up.get_value() != wanted
    {
        gather(ui, store, row);
    }
}

/// Looks up what stands around a row. Nothing of it leaves the tab.
pub(super) fn gather(ui: Ui, store: ModelStore, row: u64) {
    let Some(client) = ui.session.client() else { return };
    let run = ui.session.run.get_untracked();
    let explaining = store.explaining;
    explaining.clear();
    let wanted = Some((row, ui.session.scores.with_untracked(Option::is_some)));
    explaining.looked_up.set_value(wanted);
    spawn_local(async move {
        let gathered = client.gather(row).await;
        if ui.session.is_current(run) && explaining.looked_up.get_value() == wanted {
            explaining.subject.set(gathered.map(Rc::new));
        }
    });
}

/// Makes the request anew from all that it depends on.
pub(super) fn prepare(store: ModelStore) {
    let explaining = store.explaining;
    let Some(subject) = explaining.subject.get() else {
        explaining.prepared.set(None);
        return;
    };
    let question = explaining.question.get();
    let earlier = explaining.turns.with(|turns| turns.last().cloned());
    let provider = store.provider();
    let (mut redactor, wrong) = store.redactor();
    let finding = &subject.detail.finding;
    let mut expectations: Vec<Expectation> = finding
        .reasons
        .iter()
        .map(|reason| Expectation {
            row: Some(finding.row.row + 1),
            what: reason.feature.clone(),
            found: reason.value.clone(),
            usual: reason.expected.clone(),
        })
        .collect();
    if !finding.reason.is_empty() {
        let found = finding.reason.clone();
        let said =
            Expectation { row: Some(finding.row.row + 1), what: finding.kind.clone(), found, usual: String::new() };
        expectations.insert(0, said);
    }
    let evidence = Evidence {
        session: &subject.rows,
        is_session: subject.session,
        findings: &[finding.row.row + 1],
        templates: &subject.templates,
        expectations: &expectations,
        normal: subject.normal.as_ref(),
    };
    let fence = store.fence.get_value();
    let (mut prompt, sent) = cause::prompt(&evidence, &mut redactor, fence);
    if let (Some(question), Some(earlier)) = (&question, earlier) {
        // The rules may have changed since: what was replaced then is put back, and replaced as it is to be now.
        let text = redactor.redact(&earlier.prepared.redactor.restore(&earlier.text)).text;
        prompt = cause::follow_up(&prompt, &text, question, &mut redactor, fence);
    }
    let choices = Choices { binding: explaining.binding.get(), ..Choices::default() };
    let request = match provider.ask(&prompt, choices, true) {
        Ok(request) => request,
        Err(error) => {
            explaining.unprepared.set(Some(error.to_string()));
            explaining.prepared.set(None);
            return;
        }
    };
    explaining.unprepared.set(None);
    let redactions = redactor.replacements().count() as u64;
    let mut parcel = Parcel::plain("root cause", &provider, request);
    parcel.rows = sent.len() as u64
        + subject.normal.as_ref().map_or(0, |table| cause::places_of_normal(&table.rows).len() as u64);
    parcel.redactions = redactions;
    let address = store.address(&parcel.request.url);
    let tokens = request::estimated_tokens(&parcel.request.body);
    let count = provider.count(&prompt, choices).ok().flatten();
    explaining.counted.set(None);
    explaining.prepared.set(Some(Rc::new(Prepared {
        parcel,
        address,
        tokens,
        redactor,
        sent,
        wrong,
        count,
        question,
    })));
}

/// Sends what is prepared to have its tokens counted.
pub(super) fn count(store: ModelStore) {
    let explaining = store.explaining;
    let Some(prepared) = explaining.prepared.get_untracked() else { return };
    let Some(request) = prepared.count.clone() else { return };
    let parcel = Parcel { purpose: "count of tokens", request, ..prepared.parcel.clone() };
    explaining.counted.set(None);
    spawn_local(async move {
        let counted = match get(store, &parcel, &Stop::new()).await {
            Ok(body) => token_count(&body).ok_or_else(|| "The provider did not say.".to_owned()),
            Err(failure) => Err(failure.sentence),
        };
        let same = explaining.prepared.with_untracked(|now| now.as_ref().is_some_and(|now| Rc::ptr_eq(now, &prepared)));
        if same {
            explaining.counted.set(Some(counted));
        }
    });
}

/// Sends what is prepared.
pub(super) fn ask(ui: Ui, store: ModelStore) {
    let explaining = store.explaining;
    let Some(prepared) = explaining.prepared.get_untracked() else { return };
    if untrack(|| explaining.busy()) {
        return;
    }
    explaining.failed.set(None);
    explaining.streaming.set(Some(String::new()));
    let queue = Queue::new(1, PER_MINUTE, 1, store.fence.get_value());
    explaining.queue.set(Some(queue.clone()));
    let run = ui.session.run.get_untracked();
    let (parcel, stop) = (prepared.clone(), queue.stop.clone());
    let sender: Sender = Rc::new(move |_| {
        let (prepared, stop) = (parcel.clone(), stop.clone());
        Box::pin(async move {
            let shown = prepared.clone();
            let heard = move |answer: &Answer| {
                explaining.streaming.set(Some(shown.redactor.restore(&answer.text)));
            };
            match send(store, &prepared.parcel, &stop, &heard).await {
                Ok(answer) => {
                    finish(store, prepared, answer, None);
                    Outcome::Answered
                }
                Err(failure) => {
                    if failure.kind == Kind::Invalid
                        && let Some(weaker) = explaining.binding.get_untracked().weaker()
                    {
                        explaining.binding.set(weaker);
                    }
                    Outcome::Failed(failure)
                }
            }
        })
    });
    spawn_local(async move {
        let before = explaining.binding.get_untracked();
        let outcome = work(queue.clone(), sender, move |why| explaining.waiting.set(why)).await;
        if !ui.session.is_current(run) {
            explaining.queue.set(None);
            return;
        }
        let given_up = queue.pace.borrow().states().find_map(|state| match state {
            State::GivenUp(reason) => Some(reason.clone()),
            _ => None,
        });
        if let Some(reason) = outcome.err().or(given_up).filter(|_| !queue.stop.is_stopped()) {
            let weaker = explaining.binding.get_untracked() != before;
            let advice =
                if weaker { " A simpler form of answer is prepared below: look at it and send again." } else { "" };
            explaining.failed.set(Some(format!("{reason}{advice}")));
        }
        explaining.streaming.set(None);
        explaining.queue.set(None);
    });
}

/// Takes an answer for what it is; `recorded`: what must be said of one that no model gave.
pub(super) fn finish(store: ModelStore, prepared: Rc<Prepared>, answer: Answer, recorded: Option<&'static str>) {
    let explaining = store.explaining;
    let mut notes: Vec<String> = answer.trouble().into_iter().collect();
    notes.extend(answer.retirement.as_ref().map(|when| format!("The provider retires this model: {when}")));
    let Some(explanation) = cause::read(&answer.text) else {
        notes.push("The answer holds no explanation.".to_owned());
        explaining.failed.set(Some(notes.join(" ")));
        return;
    };
    let claims = verify::check(&explanation, &prepared.sent);
    let model = if answer.model.is_empty() { prepared.parcel.model.clone() } else { answer.model };
    let turn = Turn { prepared, explanation, claims, text: answer.text, model, usage: answer.usage, notes, recorded };
    explaining.turns.update(|turns| turns.push(Rc::new(turn)));
    explaining.question.set(None);
}

/// The newest answer as Markdown, as the person reads it.
pub(super) fn markdown(turn: &Turn, originals: bool) -> String {
    let redactor = originals.then_some(&turn.prepared.redactor);
    verify::export(&turn.explanation, &turn.claims, &turn.model, redactor)
}
