-- The index of words holds the starts of words instead of the words, so that finding what a word begins with is one look-up, however many
-- certificates have such a word. What stands in the index is decided by the program (registry/search.rs); it fills it anew when it meets this
-- setting. "automerge" keeps the index in few pieces: every look-up asks each piece.
INSERT INTO certificate_words (certificate_words) VALUES ('delete-all');
INSERT INTO certificate_words (certificate_words, rank) VALUES ('automerge', 2);
INSERT INTO settings (key, value) VALUES ('registry.rebuild', 'words') ON CONFLICT (key) DO UPDATE SET value = excluded.value;
