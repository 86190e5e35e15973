//! Whether a JSON value is what docs/analysis.schema.json says: the part of JSON Schema that this file uses.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;

const ANALYSIS: &str = include_str!("../../docs/analysis.schema.json");

/// Panics with the place where an analysis is not what its schema says.
pub fn assert_is_an_analysis(v: &Value) {
    let schema: Value = serde_json::from_str(ANALYSIS).unwrap();
    check(v, &schema, &schema, "analysis");
}

fn check(v: &Value, schema: &Value, root: &Value, at: &str) {
    let schema = schema["$ref"].as_str().map_or(schema, |r| root.pointer(r.trim_start_matches('#')).unwrap());
    if let Some(of) = schema.get("type") {
        let allowed = |name: &str| of == name || of.as_array().is_some_and(|a| a.iter().any(|t| t == name));
        let is = match v {
            Value::Null => allowed("null"),
            Value::Bool(_) => allowed("boolean"),
            Value::Number(n) => allowed("number") || (n.is_i64() || n.is_u64()) && allowed("integer"),
            Value::String(_) => allowed("string"),
            Value::Array(_) => allowed("array"),
            Value::Object(_) => allowed("object"),
        };
        assert!(is, "{at} is {v}, not {of}");
    }
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(v), "{at} is {v}");
    }
    match v {
        Value::Object(fields) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required.for_each(|name| assert!(fields.contains_key(name), "{at} has no {name}"));
            for (name, value) in fields {
                let inside = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                assert_ne!(inside, Some(&Value::Bool(false)), "{at}: the schema does not know {name}");
                check(value, inside.unwrap_or(&Value::Null), root, &format!("{at}.{name}"));
            }
        }
        Value::Array(items) => {
            let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
            let most = schema["maxItems"].as_u64().map_or(usize::MAX, |n| n as usize);
            assert!((least..=most).contains(&items.len()), "{at} has {} items", items.len());
            items.iter().for_each(|i| check(i, &schema["items"], root, &format!("{at}[]")));
        }
        _ => {}
    }
}
