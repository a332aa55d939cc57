//! Saved documents: pins, the index of notebooks, and every revision that it names.

use super::Check;
use crate::Result;
use crate::documents::{Examination, Examined, FOLDER, examine};

/// Checks those that there are.
pub(super) async fn check(check: &mut Check<'_>) -> Result<()> {
    let folder = check.folder.join(FOLDER);
    if !folder.is_dir() {
        return Ok(());
    }
    for Examined { name, bytes, state } in examine(check.folder).await? {
        let path = folder.join(name);
        check.found.files += 1;
        check.found.bytes += bytes;
        (check.progress)(&path, bytes);
        match state {
            Examination::Whole => {}
            Examination::Damaged(meaning, remedy) => check.damage(path, meaning, remedy),
            Examination::Unnamed => {
                let meaning = "no index names it: the index was lost, or a crash came between the two";
                check.note(
                    path,
                    meaning,
                    "restore notebooks.json from a copy if notebooks are missing, else remove it",
                );
            }
        }
    }
    Ok(())
}
