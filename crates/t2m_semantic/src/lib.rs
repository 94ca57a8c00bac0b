//! What torch is: scopes, qualified names, project graph, class table, kinds, mapping tables.
