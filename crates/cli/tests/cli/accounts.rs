//! `accounts`: the section `AccountNames` from the output of `aws organizations list-accounts`.

use std::path::Path;

use cloudtrail_alarms::alarm::file::load;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ANY_THRESHOLD, Outcome, alarm, root, run, tool};

/// One account as in the response of `ListAccounts`. Source: AWS CLI Command Reference, `list-accounts`.
fn account(id: &str, name: &str) -> Value {
    json!({
        "Arn": format!("arn:aws:organizations::111111111111:account/o-exampleorgid/{id}"),
        "JoinedMethod": "INVITED",
        "JoinedTimestamp": 1_481_830_215.45,
        "Id": id,
        "Name": name,
        "Email": "bill@example.com",
        "Status": "ACTIVE",
    })
}

#[track_caller]
fn accounts(arguments: &[&str], input: &str) -> Outcome {
    let arguments = [&["accounts", "--from", "-"], arguments].concat();
    run(root(), &arguments, &[], input)
}

#[test]
fn the_section_is_sorted_and_quoted_as_needed() {
    let listing = json!({"Accounts": [
        account("444455556666", "Prod: payments"),
        account("012345678901", "audit"),
        account("111122223333", "0123"),
    ]});
    assert_snapshot!(accounts(&[], &listing.to_string()).success(), @r#"
    AccountNames:
      "012345678901": audit
      "111122223333": "0123"
      "444455556666": "Prod: payments"
    "#);
    assert_snapshot!(accounts(&["--output", "json"], &listing.to_string()).success(), @r#"
    {
      "AccountNames": {
        "012345678901": "audit",
        "111122223333": "0123",
        "444455556666": "Prod: payments"
      }
    }
    "#);
}

#[test]
fn an_alarms_file_has_the_names_of_the_section() {
    let names = [
        "true", "0x1f", "~", "- a", "#b", "a # b", "'c'", "\"d\"", "{e}", "*f", "!g", "%h", "é ü",
        " i ", "j:", "1e3", "null", "\\n", "${k}", "---", "...", "=", "<<", "|", ">", "@l", "`m`",
        "?", "&n",
    ];
    let id = |number: usize| format!("{number:012}");
    let listed: Vec<Value> = (names.iter().enumerate())
        .map(|(number, name)| account(&id(number), name))
        .collect();
    let section = accounts(&[], &json!({"Accounts": listed}).to_string()).success();
    let text = format!(
        "{section}Alarms:\n{}",
        alarm("a", "{ $.a = 1 }", ANY_THRESHOLD)
    );
    let file = load(Path::new("alarms.yaml"), &|_| Ok(text.clone()), &|_| None)
        .unwrap_or_else(|error| panic!("{error}"));
    for (number, name) in names.iter().enumerate() {
        assert_eq!(file.account_names.name(&id(number)), Some(*name));
    }
}

#[test]
fn other_input_is_an_error() {
    let twice = json!({"Accounts": [account("111122223333", "a"), account("111122223333", "b")]});
    let page = json!({"Accounts": [account("111122223333", "a")], "NextToken": "eyJ"});
    let short = json!({"Accounts": [account("1111", "a")]});
    let long = json!({"Accounts": [account("111122223333", &"x".repeat(65))]});
    let lines = json!({"Accounts": [account("111122223333", "a\nb")]});
    let inputs = [
        "",
        "Accounts: []",
        r#"{"Account": {"Id": "111122223333", "Name": "a"}}"#,
        r#"[["111122223333", "a"]]"#,
        r#"{"Accounts": []}"#,
        r#"{"Accounts": [{"Id": "111122223333"}]}"#,
        r#"{"Accounts": [{"Id": 111122223333, "Name": "a"}]}"#,
    ];
    let documents = [twice, page, short, long, lines].map(|document| document.to_string());
    let inputs = inputs
        .into_iter()
        .chain(documents.iter().map(String::as_str));
    let errors: String = inputs
        .map(|input| accounts(&[], input).usage_error())
        .collect();
    assert_snapshot!(errors, @r#"
    error: cannot read the accounts of standard input: EOF while parsing a value at line 1 column 0; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: expected value at line 1 column 1; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: missing field `Accounts` at line 1 column 48; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: invalid type: string "111122223333", expected struct Account at line 1 column 16; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: it has no account; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: missing field `Name` at line 1 column 36; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: invalid type: integer `111122223333`, expected a string at line 1 column 33; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: account 111122223333 is in it twice; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: it is one page of several, because it has a `NextToken`; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: expected an `Id` of 12 digits, found "1111"; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: expected a `Name` of 1 to 64 characters without control characters for account 111122223333, found "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; expected the output of `aws organizations list-accounts --output json`
    error: cannot read the accounts of standard input: expected a `Name` of 1 to 64 characters without control characters for account 111122223333, found "a\nb"; expected the output of `aws organizations list-accounts --output json`
    "#);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let error = tool(&["accounts", "--from", "none.json"]).usage_error();
    assert_snapshot!(error, @"error: cannot read none.json: No such file or directory (os error 2)");
    assert!(tool(&["accounts"]).usage_error().contains("--from <FILE>"));
}
