//! Python text: source, tokens, child walker, precedence, pieces, renderer, laws. No torch, no IO.
