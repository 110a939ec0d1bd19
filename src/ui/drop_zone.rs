//! All there is before files are given.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::generator_form::GeneratorForm;

/// A log that ships with the page.
struct Sample {
    name: &'static str,
    file: &'static str,
    about: &'static str,
}

const SAMPLES: [Sample; 3] = [
    Sample { name: "checkout", file: "checkout.json", about: "four events of one failing request" },
    Sample { name: "shop", file: "shop.jsonl", about: "a shop’s services, some thousands of rows" },
    Sample { name: "metrics", file: "metrics.csv", about: "numbers only" },
];

/// The file of a sample, by the name that a link carries (`?sample=checkout`).
pub(super) fn sample_file(name: &str) -> Option<&'static str> {
    SAMPLES.iter().find(|sample| sample.name == name).map(|sample| sample.file)
}

/// Where files are dropped, picked or pasted, and samples to try.
#[component]
pub(super) fn DropZone() -> impl IntoView {
    let ui = Ui::here();
    let samples = SAMPLES.iter().map(|sample| {
        view! {
            <li>
                <button
                    data-testid=format!("sample-{}", sample.name)
                    on:click=move |_| ui.send(Command::OpenSample(sample.file.to_owned()))
                >
                    {sample.file}
                </button>
                <span class="quiet">{sample.about}</span>
            </li>
        }
    });
    view! {
        <main class="empty">
            <button
                class="drop-zone"
                data-testid="drop-zone"
                on:click=move |_| ui.send(Command::PickFiles)
            >
                <svg class="drop-line" viewBox="0 0 240 40" aria-hidden="true" preserveAspectRatio="none">
                    <path d="M0 32h126l10-26 12 26h92" />
                </svg>
                <strong>"Drop log files here"</strong>
                <span class="quiet">"or click to choose, or paste text with Ctrl+V"</span>
            </button>
            <div class="empty-columns">
                <section>
                    <h2>"What it takes"</h2>
                    <p>
                        "CSV, JSON and JSON Lines, OpenTelemetry, cloud exports, logfmt, syslog, access logs and any \
                         other text; also in gzip, zstd, zip and tar. Several files and folders are analysed together."
                    </p>
                </section>
                <section>
                    <h2>"Where it goes"</h2>
                    <p>
                        "Your files are read in this tab and sent nowhere. The page’s security policy lets it \
                         talk only to the site it came from and to Gemini, which nothing here calls yet."
                    </p>
                </section>
                <section>
                    <h2>"Try a sample"</h2>
                    <ul class="samples">{samples.collect_view()}</ul>
                    <GeneratorForm />
                </section>
            </div>
        </main>
    }
}
