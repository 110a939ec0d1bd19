//! Every field: what it was taken for, and why; the role can be changed.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::live::live;
use super::reading_controls::ReadingControls;
use crate::geometry::number;
use crate::record::Role;
use crate::view::FieldReport;

/// Fields that are listed at first, and with each further look: a table has many elements, and a wide file thousands of
/// fields.
const FEW: usize = 100;
const MORE: usize = 200;

/// The fields of all files.
#[component]
pub(super) fn FieldsPanel() -> impl IntoView {
    let ui = Ui::here();
    let fields = ui.session.fields;
    let most = RwSignal::new(FEW);
    let rows = live(move || {
        fields.with(|fields| fields.iter().take(most.get()).map(|field| row(ui, field)).collect_view().into_any())
    });
    let more = live(move || {
        let left = fields.with(Vec::len).saturating_sub(most.get());
        (left > 0).then(|| {
            view! {
                <button data-testid="more-fields" on:click=move |_| most.update(|most| *most += MORE)>
                    {format!("Show more of {} other fields", number::group(left as u64))}
                </button>
            }
            .into_any()
        })
    });
    view! {
        <section class="fields-panel pane" aria-label="Fields">
            <ReadingControls />
            <div class="scroll" tabindex="0">
                <table class="grid">
                    <thead>
                        <tr>
                            <th scope="col">"field"</th>
                            <th scope="col">"role"</th>
                            <th scope="col">"because"</th>
                            <th scope="col">"kind"</th>
                            <th scope="col">"read as"</th>
                            <th scope="col" class="number">"in records"</th>
                            <th scope="col">"feature"</th>
                            <th scope="col">"example"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                {more}
            </div>
        </section>
    }
}

fn row(ui: Ui, field: &FieldReport) -> impl IntoView + use<> {
    let name = field.name.clone();
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let role = Role::ALL.into_iter().find(|role| role.name() == chosen);
        ui.send(Command::SetRole(name.clone(), role));
    };
    let now = field.role;
    let options = Role::ALL.map(|role| {
        view! { <option value=role.name() selected=now == Some(role)>{role.name()}</option> }
    });
    view! {
        <tr
            data-testid="field-row"
            data-field=field.name.clone()
            data-role=field.role.map_or("", Role::name)
        >
            <th scope="row" class="data">{field.name.clone()}</th>
            <td>
                <select
                    data-testid="role-select"
                    aria-label=format!("Role of {}", field.name)
                    prop:value=now.map_or("", Role::name)
                    on:change=choose
                >
                    <option value="" selected=now.is_none()>"no role"</option>
                    {options.into_iter().collect_view()}
                </select>
            </td>
            <td class="quiet">{field.why.clone()}</td>
            <td>{field.kind.clone()}</td>
            <td>{field.reading.clone()}</td>
            <td class="data number">{format!("{:.0} %", field.coverage * 100.0)}</td>
            <td class="quiet" title=field.feature.clone()>{field.feature.clone()}</td>
            <td class="data example" title=field.example.clone()>{field.example.clone()}</td>
        </tr>
    }
}
