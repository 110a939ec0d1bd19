//! How a feature is distributed in the files, over how it was in training.

use leptos::prelude::*;

use crate::geometry::overlay;
use crate::model::check::{Drift, Severity};

/// Size of the picture, in its own units.
const SIZE: (f64, f64) = (240.0, 64.0);

/// A feature, its index, and both distributions.
pub(super) fn drift(drift: &Drift) -> impl IntoView + use<> {
    // Bins that nothing is in, in neither, tell nothing.
    let bins: Vec<_> = drift.bins.iter().filter(|bin| bin.expected > 0.0 || bin.found > 0.0).collect();
    let most = bins.iter().flat_map(|bin| [bin.expected, bin.found]).fold(0.0, f64::max);
    let expected = overlay::bars(bins.iter().map(|bin| bin.expected), most, SIZE);
    let found = overlay::steps(bins.iter().map(|bin| bin.found), most, SIZE);
    let width = SIZE.0 / bins.len().max(1) as f64;
    // An area to point at for each bin.
    let hovers = bins.iter().enumerate().map(|(place, bin)| {
        let told = format!("{}: {:.1} % in training, {:.1} % here", bin.label, bin.expected * 100.0, bin.found * 100.0);
        view! {
            <rect x=format!("{:.1}", width * place as f64) y="0" width=format!("{width:.1}") height=SIZE.1.to_string()>
                <title>{told}</title>
            </rect>
        }
    });
    let hovers = hovers.collect_view();
    let (class, severity) = match drift.severity {
        Severity::None => ("drift", "none"),
        Severity::Moderate => ("drift moderate", "moderate"),
        Severity::Major => ("drift major", "major"),
    };
    let ends = bins.first().zip(bins.last()).map(|(first, last)| {
        view! {
            <div class="drift-ends quiet"><span>{first.label.clone()}</span><span>{last.label.clone()}</span></div>
        }
    });
    let small = drift.small_sample.then(|| {
        view! { <span class="warn" title="Chance alone comes near a moderate index once in twenty times">"few rows"</span> }
    });
    let told = format!("{}: index {:.2}, {severity}", drift.feature, drift.psi);
    view! {
        <figure class=class data-testid="drift" data-feature=drift.feature.clone() data-severity=severity>
            <figcaption>
                <span class="data drift-name" title=drift.feature.clone()>{drift.feature.clone()}</span>
                {small}
                <span class="data push">{format!("{:.2}", drift.psi)}</span>
                <span class="drift-severity">{severity}</span>
            </figcaption>
            <svg viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1) preserveAspectRatio="none" role="img" aria-label=told>
                <path class="curve-fill" d=expected />
                <path class="curve-second" d=found />
                <g class="hovers">{hovers}</g>
            </svg>
            {ends}
        </figure>
    }
}
