//! What MLX should be: decision driver, templates, rules, findings, imports, helpers.
