//! Operations on templates.

use super::{Step, data_url};
use crate::template::model::Template;

operations! { TEMPLATES:
    /// The templates, starters first.
    read list_templates for (Window, Cli, Agent): ListTemplates {} -> Vec<Template>
        = |call, _| Ok(call.app.templates());

    /// One template.
    read show_template for (Window, Cli, Agent): ShowTemplate {
        /// Its key.
        key: String,
    } -> Template
        = |call, request| call.app.template(&request.key);

    /// Fetches a template from a URL or a folder; one that is there is brought up to date.
    long add_template for (Window, Cli, Agent): AddTemplate {
        /// An https or ssh URL, or a folder on this machine.
        source: String,
        /// A branch that must be in it.
        branch: Option<String>,
    } -> Template
        = |call, request| {
            let on_progress = |progress| (call.on_step)(Step::Fetch(&progress));
            call.app.add_template(&request.source, request.branch.as_deref(), &on_progress, call.cancel)
        };

    /// Brings a template's mirror up to date.
    long refresh_template for (Window, Cli, Agent): RefreshTemplate {
        /// Its key.
        key: String,
    } -> Template
        = |call, request| call.app.refresh_template(&request.key, &|progress| (call.on_step)(Step::Fetch(&progress)), call.cancel);

    /// Removes a template's mirror; its demos stay.
    write remove_template for (Window, Cli): RemoveTemplate {
        /// Its key.
        key: String,
    } -> ()
        = |call, request| call.app.remove_template(&request.key);

    /// The screenshot of a template as a data URL; none if it has none.
    read get_template_screenshot for (Window): GetTemplateScreenshot {
        /// Its key.
        key: String,
    } -> Option<String>
        = |call, request| Ok(call.app.template_screenshot(&request.key).and_then(data_url));
}
