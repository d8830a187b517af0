//! Tests of the reader of documents.

use super::*;

#[test]
fn members_keep_their_order_lines_and_comments() {
    let text = "# of the file\n\nb:\n  # not of x, with a blank line below\n\n  #first\n  # second\n  x: |\n    # text\n  a: # third\n    !Ref y\n";
    let document = parse(text).expect("it is YAML");
    let b = &document.members()[0];
    assert_eq!((b.line, b.comments.len()), (Some(3), 0));
    let [x, a] = b.value.members() else {
        panic!("{b:?}")
    };
    assert_eq!((x.key.as_str(), x.line), ("x", Some(8)));
    assert_eq!(x.comments, ["first", "second"]);
    assert_eq!((a.key.as_str(), a.line), ("a", Some(10)));
    assert_eq!(a.comments, ["third"]);
    assert_eq!(a.value.get("Ref").and_then(Node::text), Some("y"));
}

#[test]
fn json_keeps_its_order() {
    let documents = parse_all("{\"b\": [1, 2.0, null, true], \"a\": \"x\"}\n{}");
    let documents = documents.expect("it is JSON");
    let keys = documents[0].members().iter().map(|member| &member.key);
    assert_eq!(keys.collect::<Vec<_>>(), ["b", "a"]);
    let documents: Vec<Value> = documents.iter().map(Node::to_json).collect();
    assert_eq!(
        documents,
        [
            serde_json::json!({"b": [1, 2.0, null, true], "a": "x"}),
            serde_json::json!({}),
        ]
    );
}

#[test]
fn what_is_given_twice_is_reported_with_its_line() {
    for text in ["a: 1\nb: 2\na: 3\n", "{\"a\": 1,\n\"b\": 2,\n\"a\": 3}"] {
        let error = parse(text).expect_err("`a` is given twice");
        assert_eq!(error.line, 3, "{text}");
        assert!(error.reason.contains("`a` is given twice"), "{error:?}");
    }
}
