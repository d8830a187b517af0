//! Finds the files whose `Exclude` applies to the alarms of a file.

/// A file, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScopedFile {
    /// Index of the file that includes it, which is smaller than its own.
    pub(super) included_by: Option<usize>,
    pub(super) has_alarms: bool,
}

/// For each file, the files whose `Exclude` applies to its alarms.
///
/// The `Exclude` of a file applies to its alarms and to those of all files that it includes. If none of these files has alarms, it
/// belongs to the file that includes this one.
pub(super) fn scopes(files: &[ScopedFile]) -> Vec<Vec<usize>> {
    let mut has_alarms: Vec<bool> = files.iter().map(|file| file.has_alarms).collect();
    for (index, file) in files.iter().enumerate().rev() {
        if let Some(by) = file.included_by {
            has_alarms[by] |= has_alarms[index];
        }
    }
    let including =
        |file: usize| std::iter::successors(Some(file), |&file| files[file].included_by);
    let owner = |file: usize| including(file).find(|&file| has_alarms[file]);
    let applies = |from: usize, to: usize| {
        owner(from).is_some_and(|owner| including(to).any(|file| file == owner))
    };
    (0..files.len())
        .map(|to| (0..files.len()).filter(|&from| applies(from, to)).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusion_applies_below_its_file_and_without_alarms_to_the_including_file() {
        let file = |included_by: Option<usize>, has_alarms: bool| ScopedFile {
            included_by,
            has_alarms,
        };
        // One file.
        assert_eq!(scopes(&[file(None, true)]), [[0]]);
        assert_eq!(scopes(&[file(None, false)]), [[0; 0]]);
        // The root includes a pack and a file that only has exclusions.
        assert_eq!(
            scopes(&[file(None, true), file(Some(0), true), file(Some(0), false)]),
            [vec![0, 2], vec![0, 1, 2], vec![0, 2]]
        );
        // The root has no alarms and includes two packs; the second one includes a file that only has exclusions.
        assert_eq!(
            scopes(&[
                file(None, false),
                file(Some(0), true),
                file(Some(0), true),
                file(Some(2), false),
            ]),
            [vec![0], vec![0, 1], vec![0, 2, 3], vec![0, 2, 3]]
        );
        // A file without alarms that includes a pack keeps its exclusions.
        assert_eq!(
            scopes(&[file(None, true), file(Some(0), false), file(Some(1), true)]),
            [vec![0], vec![0, 1], vec![0, 1, 2]]
        );
    }
}
