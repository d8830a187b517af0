//! Commands of an email, which a reader copies into a shell.

/// The title of the section with the commands.
pub const COMMANDS_TITLE: &str = "Check (read-only commands)";

/// The lines to copy into a shell.
pub fn commands(email: &str) -> impl Iterator<Item = &str> {
    let lines = email.lines().skip_while(|line| *line != COMMANDS_TITLE);
    let lines = lines.skip(1).take_while(|line| !line.is_empty());
    lines.filter(|line| !line.starts_with("  ["))
}

/// Whether the line is one of the expected commands for a shell: each value from a record is one word.
pub(super) fn is_quoted(command: &str) -> bool {
    // Commands about keys of foreign accounts are comments. They are quoted like the others.
    let command = match command.strip_prefix("# ") {
        Some(command) if command.starts_with("aws ") => command,
        Some(_) => return true,
        None => command,
    };
    // Shell syntax beyond words is only in these lines.
    let fixed = [
        ("for c in $(aws ecs list-clusters", " "),
        (
            " --query 'clusterArns[]' --output text); do aws ecs describe-tasks",
            " ",
        ),
        (
            " --cluster \"$c\" --query 'tasks[].[clusterArn,group,taskDefinitionArn,lastStatus]' --output text; done",
            "",
        ),
    ];
    let mut words = command.to_owned();
    if command.starts_with(fixed[0].0) {
        for (text, word) in fixed {
            assert_eq!(command.matches(text).count(), 1, "{command}");
            words = words.replacen(text, word, 1);
        }
    } else if ![
        "aws kms ",
        "aws iam ",
        "aws cloudtrail ",
        "aws ec2 describe-",
        "aws rds describe-",
        "aws s3api get-",
        "aws configservice describe-",
    ]
    .iter()
    .any(|known| command.starts_with(known))
    {
        return false;
    }
    let mut chars = words.chars();
    while let Some(c) = chars.next() {
        let is_plain = match c {
            // Up to the next quote, everything is text.
            '\'' => chars.any(|c| c == '\''),
            '\\' => chars.next() == Some('\''),
            c => c.is_ascii_alphanumeric() || "-_./:@%+=, ".contains(c),
        };
        if !is_plain {
            return false;
        }
    }
    true
}
