//! A set-up as text for a terminal, as Markdown and as JSON.

mod markdown;
mod text;

use super::{Setup, Step};

impl Setup {
    /// For a terminal: a shell script in which prose is comments, so that it can be pasted piece by piece. What undoes a
    /// step is a comment too.
    #[must_use]
    pub fn text(&self) -> String {
        text::render(self)
    }

    /// As a Markdown page.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }

    /// As JSON, indented.
    ///
    /// # Errors
    /// Never in fact: there is nothing in it that JSON cannot say.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// What it is about, in a line.
    fn title(&self) -> String {
        format!(
            "Attach Kubernetes {} ({}) to {}, {} % of traces",
            self.kubernetes, self.distribution, self.endpoint, self.sampling_percent
        )
    }

    /// The lines of the table of estimates, the head first.
    fn estimates(&self) -> Vec<[String; 5]> {
        let at_rate = format!("at {} %", self.sampling_percent);
        let head = ["nodes", "spans/s at 100 %", &at_rate, "MB/day on disk", "begin with"].map(str::to_owned);
        let rows = self.advice.estimates.iter().map(|estimate| {
            [
                estimate.nodes.to_string(),
                estimate.spans_per_second_full.to_string(),
                estimate.spans_per_second.to_string(),
                estimate.megabytes_per_day.to_string(),
                format!("{} %", estimate.begin_with_percent),
            ]
        });
        std::iter::once(head).chain(rows).collect()
    }
}

impl Step {
    /// A name for a folder, such as `02-kube-apiserver`, when it is the step of that number.
    #[must_use]
    pub fn folder_name(&self, number: usize) -> String {
        let word = |character: char| {
            if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' }
        };
        let slug: String = self.title.chars().map(word).collect();
        let words: Vec<&str> = slug.split('-').filter(|word| !word.is_empty()).take(4).collect();
        format!("{number:02}-{}", words.join("-"))
    }
}

#[cfg(test)]
mod tests;
