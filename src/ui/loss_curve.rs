//! How an autoencoder's errors fell while it learned.

use leptos::prelude::*;

use super::app::Ui;
use super::live::live;
use crate::common::number::number;
use crate::geometry::overlay;

/// Size of the picture, in its own units.
const SIZE: (f64, f64) = (360.0, 90.0);

/// The curve, where there is one.
#[component]
pub(super) fn LossCurve() -> impl IntoView {
    let ui = Ui::here();
    live(move || {
        let learned = ui.models.learned.get()?;
        let curve = &learned.curve;
        let last = *curve.last()?;
        let most = curve.iter().flat_map(|&(training, kept)| [training, kept]).fold(0.0_f32, f32::max);
        let path = |of: fn(&(f32, f32)) -> f32| {
            overlay::line(curve.iter().map(|epoch| f64::from(of(epoch))), f64::from(most), SIZE)
        };
        let (training, kept) = (path(|epoch| epoch.0), path(|epoch| epoch.1));
        let round = |value: f32| number((f64::from(value) * 1000.0).round() / 1000.0);
        let told = format!("{} epochs; the error of rows kept from training ended at {}", curve.len(), round(last.1));
        Some(
            view! {
                <h3>"Loss curve of the autoencoder"</h3>
                <figure class="curve" data-testid="loss-curve" data-epochs=curve.len().to_string()>
                    <svg viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1) preserveAspectRatio="none" role="img" aria-label=told.clone()>
                        <path class="curve-first" d=training />
                        <path class="curve-second" d=kept />
                    </svg>
                    <span class="curve-most data quiet">{round(most)}</span>
                    <figcaption class="quiet">
                        <span class="key-first">"rows learned from"</span>
                        <span class="key-second">"rows kept from training"</span>
                        {told}
                    </figcaption>
                </figure>
            }
            .into_any(),
        )
    })
}
