use crate::error::CliError;

/// Entries of a page, and where the next one begins.
type Page<T> = (Vec<T>, Option<i64>);

/// Reads page after page until there are `limit` entries, or no more. `read`: returns the page that begins
/// there.
pub fn read_pages<T>(
    limit: usize,
    mut read: impl FnMut(Option<i64>) -> Result<Page<T>, CliError>,
) -> Result<Vec<T>, CliError> {
    let mut entries = Vec::new();
    let mut begin = None;
    while entries.len() < limit {
        let (page, next) = read(begin)?;
        entries.extend(page);
        begin = next;
        if begin.is_none() {
            break;
        }
    }
    entries.truncate(limit);
    Ok(entries)
}
