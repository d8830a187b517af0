#!/usr/bin/env python3
"""Tests of `scripts/words`: which text is prose, which words are found in it, and how the program reports them."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True  # the cached module of a program without a suffix would be `scripts/words.pyc`
LOADER = importlib.machinery.SourceFileLoader("words", str(ROOT / "scripts/words"))
SPEC = importlib.util.spec_from_loader("words", LOADER)
assert SPEC
words = importlib.util.module_from_spec(SPEC)
sys.modules["words"] = words
LOADER.exec_module(words)

LIST = """
skip = ["skipped.md", "scripts/words.toml"]
things = ["alarm"]
[words]
'books? (end|begin)s?' = '"the more specific pattern"'
'told' = '"reported"'
'books?' = '"counters"'
'is no(?= [a-z])' = '"is not a"'
'THING says' = '"shows"'
'^what' = 'a noun'
[ordinary]
'told you so' = 'an idiom'
[[allow]]
file = "story.md"
phrase = "the Books of an accountant"
reason = "meant literally"
"""


def found(name: str, text: str, word_list: str = LIST) -> list[str]:
    """The findings in a file with this name and text, as `LINE:COLUMN word`."""
    mask = words.find_mask(pathlib.Path(name))
    assert mask, name
    findings = words.check_prose(mask(text), name, words.parse_word_list(word_list), set())
    return [f"{finding.line}:{finding.column} {finding.found}" for finding in findings]


class Prose(unittest.TestCase):
    """Which parts of a file are checked."""

    def check(self, name: str, text: str, *expected: str) -> None:
        with self.subTest(name=name, text=text):
            self.assertEqual(found(name, text), list(expected))

    def test_rust(self) -> None:
        self.check("a.rs", "let told = books(told);\n")
        self.check("a.rs", "// It is told.\n", "1:10 told")
        self.check("a.rs", "    /// It is told.\n", "1:15 told")
        self.check("a.rs", "//! told\n", "1:5 told")
        self.check("a.rs", "let a = 1; // told\n", "1:15 told")
        self.check("a.rs", "/* one\n * told */ let told = 1;\n", "2:4 told")
        self.check("a.rs", 'fail("was told", told);\n', "1:11 told")
        self.check("a.rs", 'let a = br#"is "told" or told"#;\n', "1:26 told")
        self.check("a.rs", r'let a = "a \"b\" told";', "1:18 told")
        self.check("a.rs", "let a = '\"'; let told = '\"';\n")
        self.check("a.rs", "fn f<'a>(told: &'a str) {} // told\n", "1:31 told")
        self.check("a.rs", 'let a = "http://a"; let told = 1;\n')

    def test_code_in_rust_comments(self) -> None:
        self.check("a.rs", "/// `told` and ``books ` told`` and [`told`](told) and https://told/told\n")
        self.check("a.rs", "/// ```\n/// told\n///\n/// told\n/// ```\n/// told\nfn f() {}\n", "6:5 told")
        self.check("a.rs", "/// `told\n/// books` told\n", "2:12 told")
        self.check("a.rs", "/// a ` alone\n///\n/// told ` told\n", "3:5 told", "3:12 told")

    def test_literals_that_are_not_prose(self) -> None:
        self.check("a.rs", 'key("told"); key("told.books")\n')
        self.check("a.rs", 'key("{told} of {books:?} and {{}}")\n')
        self.check("a.rs", r'json("{\"told\": 1, \"a\": \"books\"}")')
        self.check("a.rs", 'json(r#"{"told": [1, 2]}"#)')
        self.check("a.rs", 'a("see `told` there")\n')

    def test_phrases_continue_on_the_next_line(self) -> None:
        self.check("a.rs", "    // This is\n    // no case.\n", "1:13 is no")
        self.check("a.rs", '"This is \\\n    no case."\n', "1:7 is no")
        self.check("a.py", 'f("This is "\n  "no case of it.")\n', "1:9 is no")
        self.check("a.rs", "// This is\nno(); // no case\n")
        self.check("a.rs", "/// Whether it is\nfn f() {} // no case\n")
        self.check("a.rs", "// It is no `case`.\n", "1:7 is no")
        self.check("a.yaml", "a: Whether it is\n# no case\n")

    def test_start_of_a_comment_or_literal(self) -> None:
        self.check("a.rs", "/// What is told.\n/// What else.\n", "1:5 What", "1:13 told")
        self.check("a.rs", "//! See what is told.\n//! What else.\n", "1:17 told")
        self.check("a.rs", "let a = 1; // what\n", "1:15 what")
        self.check("a.rs", "//! a\n\n/// What\nfn f() {}\n", "3:5 What")
        self.check("a.rs", 'fail("what is told"); fail("is what");\n', "1:7 what", "1:15 told")
        self.check("a.py", 'def f():\n    """What it is."""\n', "2:8 What")
        self.check("a.yaml", "a: What it is\n", "1:4 What")
        self.check("a.md", "What it is.\n\nWhat else.\n", "1:1 What")

    def test_line_numbers_after_escapes(self) -> None:
        self.check("a.rs", '"a \\n b \\\n    c \\u{1F600} d"; // told\n', "2:24 told")

    def test_python_and_toml(self) -> None:
        self.check("a.py", '"""Was told."""\ntold = books  # told\n', "1:8 told", "2:17 told")
        self.check("a.py", "f'''was\ntold {told}''' + 'told' + \"was 'told' # told\"\n", "2:1 told", "2:41 told")
        self.check("a.toml", '# told\ntold = "it is told"\nbooks = "told"\n', "1:3 told", "2:15 told")

    def test_shell_and_make(self) -> None:
        self.check("a.sh", 'echo "told" $#told  # told\n', "1:23 told")
        self.check("Makefile", "told: books ## Was told\n", "1:20 told")

    def test_yaml(self) -> None:
        self.check("a.yaml", "# told\ntold: books\nTold::Books:\n  - told\n", "1:3 told")
        self.check("a.yaml", "Description: It is told.  # told\n", "1:20 told", "1:29 told")
        self.check("a.yml", "a: >-\n  It is\n  no case\nb: {told: was told}\n", "2:6 is no", "4:15 told")
        self.check("a.yaml", 'a: !Sub it is ${told} and "told" and `told`\n')

    def test_javascript_and_json_schema(self) -> None:
        self.check("a.mjs", 'told(`was told ${told}`, "told"); // told\n', "1:11 told", "1:38 told")
        self.check("a.schema.json", '{"told": "books", "description": "was told"}\n', "1:39 told")

    def test_markdown(self) -> None:
        self.check(
            "a.md", "Told [told](told.md) `told`.\n\n```\ntold\n```\n\ntold\n", "1:1 Told", "1:7 told", "7:1 told"
        )
        self.check("a.md", "~~~ sh\n```\ntold\n~~~\ntold\n", "5:1 told")
        self.check("a.md", "Code:\n\n    told\n\n    told\n\ntold\n", "7:1 told")
        self.check("a.md", "A line\n    told\n", "2:5 told")
        self.check("a.md", "* item\n\n  told\n\n      told\n\n    - told\n", "3:3 told", "7:7 told")

    def test_none_in_backticks_is_a_word(self) -> None:
        word_list = LIST.replace("[ordinary]", "'none where' = '\"if\"'\n[ordinary]")
        self.assertEqual(found("a.rs", "/// `None` where it is empty.\n", word_list), ["1:6 None where"])

    def test_parts_of_names_are_not_words(self) -> None:
        self.check(
            "a.md", "un-told told-of a/told told/a .told told.rs told_a told::a told() retold $told @told #told\n"
        )
        self.check(
            "a.md",
            '(told) told, told. told: "told" told\'s\n',
            *(f"1:{column} told" for column in (2, 8, 14, 20, 27, 33)),
        )
        self.check("a.md", "TOLD and Told\n", "1:10 Told")

    def test_programs_without_a_suffix(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "program"
            for first, mask in [
                ("#!/usr/bin/env python3", words.mask_python),
                ("#!/bin/sh", words.mask_shell),
                ("#!/usr/bin/env bash", words.mask_shell),
                ("#!/usr/bin/env node", None),
                ("told", None),
            ]:
                with self.subTest(first):
                    path.write_text(first + "\ntold\n")
                    self.assertIs(words.find_mask(path), mask)

    def test_files_that_are_not_checked(self) -> None:
        for name in ("Cargo.lock", "a.json", "a.txt", "a.jsonl", "LICENSE", "scripts/requirements-moto.txt"):
            with self.subTest(name):
                self.assertIsNone(words.find_mask(ROOT / name))

    def test_masks_keep_positions(self) -> None:
        """In every file of this repository."""
        kept = {words.CODE, words.NAME, words.SPACE}
        for path in words.tracked_files():
            if mask := words.find_mask(path):
                text = path.read_text()
                masked = mask(text)
                with self.subTest(path):
                    self.assertEqual(len(masked), len(text))
                    self.assertTrue(
                        all(a == b or b in kept and not a.isspace() for a, b in zip(text, masked, strict=True))
                    )


class WordList(unittest.TestCase):
    """Which words are found, and the exceptions."""

    def test_the_first_pattern_gives_the_advice(self) -> None:
        findings = list(words.check_prose("the books end", "a.md", words.parse_word_list(LIST), set()))
        self.assertEqual(
            [str(finding) for finding in findings], ['a.md:1:5: "books end": write "the more specific pattern"']
        )

    def test_things(self) -> None:
        self.assertEqual(found("a.md", "The alarms says, she says\n"), ["1:5 alarms says"])

    def test_ordinary_phrases(self) -> None:
        self.assertEqual(found("a.md", "I told you\nso. I told you.\n"), ["2:7 told"])

    def test_exemptions(self) -> None:
        text = "The books of\nan accountant, and the books.\n"
        self.assertEqual(found("story.md", text), ["2:24 books"])
        self.assertEqual(found("other.md", text), ["1:5 books", "2:24 books"])

    def test_invalid_lists(self) -> None:
        for old, new in [
            ("[words]", "[words"),
            ("[words]", "[word]"),
            ("'told' =", "'told(' ="),
            ('phrase = "', 'phrases = "'),
            ('reason = "meant literally"', ""),
            ('reason = "meant literally"', 'reason = ""'),
        ]:
            with self.subTest(new), self.assertRaises(words.UsageError):
                words.parse_word_list(LIST.replace(old, new))

    def test_the_list_of_this_repository(self) -> None:
        """Each sentence has one fault, marked with brackets, or none."""
        word_list = words.WORD_LIST.read_text()
        for sentence in FAULTS + FINE:
            text = sentence.replace("[", "").replace("]", "")
            expected = (
                [f"1:{sentence.index('[') + 1} {sentence[sentence.index('[') + 1 : sentence.index(']')]}"]
                if "[" in sentence
                else []
            )
            with self.subTest(sentence):
                self.assertEqual(found("a.md", text, word_list), expected)

    def test_every_pattern_of_this_repository_has_an_example(self) -> None:
        word_list = words.parse_word_list(words.WORD_LIST.read_text())
        for word in word_list.words:
            with self.subTest(word.pattern.pattern):
                self.assertTrue(any(word.pattern.search(f.replace("[", "").replace("]", "").lower()) for f in FAULTS))


FAULTS = """
A line that [is no] record fails.
It begins like a record and [is none].
Two accounts, [of which] one is empty.
The error is for [whoever] reads it.
It holds for [whatever] comes first.
The name; [empty where] it is unknown.
The result; [None where] it is unknown.
It is shown [where there is] one.
It is skipped [where it has] none.
It is skipped [where it is not] known.
It is bounded, [lest] it grow.
It waits [so long as] it can.
It is kept [in case that] it returns.
It is equal [but for] white space.
It returns [nothing but] numbers.
Records that [shall] not count.
It runs [all the same].
A link [of ours] follows.
The token [at hand] is the last.
The record shows what [came of] the attempt.
See what the template [makes of] it.
A term is not [asked for].
The incident [goes on].
[What] a record has.
The result is [of no use].
A threshold is [out of reach].
It could be [taken for] an option.
It is written [in the place of] the file.
An alarm is [told] of.
Notifications [tell] the time.
The [file says] so much.
It is a tree [that knows] the lines.
It is [what the caller wants].
It [is said] in the answer.
The guard [hears] of it.
No alarm can [speak] any more.
A notification is [owed].
It [stands] in the file.
It is made [anew].
It would run [for ever].
The [dearest] part of all.
The text [behind] the token.
It is printed [beside] the result.
White space [round the] pattern.
Sorted [by the time of] the call.
Expected [a blank] after the term.
Long values [are cut].
The result is [held against] the reference.
Tables are [held to] the code.
Unknown keys are [passed over].
It [undoes the escapes] of a string.
The service [acts in its name].
Text is [made harmless].
Events are [handed on] one by one.
The counts [do not balance].
It [mends] the file.
The [books] of the invocation.
As far as there is [room].
It is [struck off] later.
It fails in [the gate].
It is compared with its [peers].
The [thorough] parser is slower.
The [quick walk] is faster.
They [skim] the text.
With the [prefilter] on.
The [shelf] is full.
Paths without [detours].
A clause that [starves] an alarm.
The series is [at rest].
It is done by [the tick].
A [form is known] after it.
The [ruling] of a policy.
The records of the [episode].
It draws the [scene].
The [headline alarm] matches nothing.
An [early alarm] settles it.
They are counted by the [record's identity].
The [place in a file].
An [e-mail] is sent.
Each of the [mails] is sent.
No feature changes [behaviour].
Traces are [normalised].
""".strip().splitlines()

FINE = """
There is no line to show, and there are none.
It is no longer used, and is no more than a copy.
The field is encrypted at rest.
It falls behind, or stands-in for it.
The user says that we know it.
Write a blank line, in the mail client.
It shows where it is, and where the file is stored.
The runbook, the bookmarks and the mushroom.
A clock ticks; peer review is thoroughly done.
The recognized organization is specialized; advise, exercise, otherwise.
""".strip().splitlines()


class Program(unittest.TestCase):
    """The command line, on a repository of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.write("scripts/words.toml", LIST.replace("story.md", "docs/story.md"))
        self.write("docs/story.md", "The books of an accountant.\n")
        self.write("docs/a.md", "It is told. Told\n")
        self.write("b.rs", "// books\n")
        self.write("skipped.md", "told\n")
        self.write("target/c.md", "told\n")
        for patch in (
            mock.patch.object(words, "ROOT", self.root),
            mock.patch.object(words, "WORD_LIST", self.root / "scripts/words.toml"),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)

    def run_program(self, *arguments: str) -> tuple[int, str, str]:
        """The exit status, and what the program writes to standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.object(sys, "argv", ["words", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                status = words.main()
            except SystemExit as exit_:
                status = exit_.code
        return status, out.getvalue(), err.getvalue()

    def test_findings(self) -> None:
        expected = (
            'b.rs:1:4: "books": write "counters"\n'
            'docs/a.md:1:7: "told": write "reported"\n'
            'docs/a.md:1:13: "Told": write "reported"\n'
        )
        summary = "3 findings in 2 files; exemptions: scripts/words.toml\n"
        self.assertEqual(self.run_program(), (1, expected, summary))

    def test_findings_are_in_order(self) -> None:
        files = [self.root / name for name in ("docs/a.md", "b.rs")]
        findings, _ = words.check_files(files, words.parse_word_list(LIST))
        self.assertEqual([finding.file for finding in findings], ["b.rs", "docs/a.md", "docs/a.md"])

    def test_only_tracked_files_are_checked(self) -> None:
        self.git("init")
        self.git("add", "docs")
        self.write("docs/new.md", "told\n")
        (self.root / "docs/a.md").unlink()
        self.assertEqual(self.run_program(), (0, "", ""))
        self.assertEqual(self.run_program(str(self.root / "docs"))[0], 0)
        self.assertEqual(self.run_program(str(self.root / "docs/new.md"))[0], 1)

    def test_paths(self) -> None:
        for paths, lines in [(["docs"], 2), (["b.rs"], 1), (["docs", "docs/a.md", "b.rs"], 3), (["docs/story.md"], 0)]:
            with self.subTest(paths), contextlib.chdir(self.root):
                status, out, _ = self.run_program(*paths)
                self.assertEqual((status, out.count("\n")), (int(lines > 0), lines))

    def test_summary(self) -> None:
        status, out, _ = self.run_program("--summary")
        self.assertEqual(status, 1)
        self.assertEqual(
            out.splitlines(),
            [
                "findings  file",
                "       2  docs/a.md",
                "       1  b.rs",
                "findings  word",
                "       2  told",
                "       1  books",
            ],
        )

    def test_an_exemption_that_is_not_needed_is_an_error(self) -> None:
        for name in ("docs/a.md", "b.rs"):
            (self.root / name).unlink()
        self.assertEqual(self.run_program(), (0, "", ""))
        self.write("docs/story.md", "The counters.\n")
        message = (
            'scripts/words.toml: "the Books of an accountant": not needed in docs/story.md: remove the exemption\n'
        )
        self.assertEqual(self.run_program(), (1, message, ""))
        self.assertEqual(self.run_program(str(self.root / "docs"))[0], 0)

    def test_misuse(self) -> None:
        self.assertEqual(
            self.run_program("no-such-file"), (2, "", "scripts/words: no-such-file: no such file or folder\n")
        )
        self.assertEqual(self.run_program("--unknown")[0], 2)
        self.write("scripts/words.toml", "things = []\n")
        self.assertEqual(self.run_program(), (2, "", "scripts/words: words.toml: KeyError: 'words'\n"))


if __name__ == "__main__":
    unittest.main()
