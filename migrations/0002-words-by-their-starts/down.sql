-- Whole words again, as far as SQL can cut them: letters beyond ASCII keep their case. "registry repair" of the older program makes it exact.
INSERT INTO certificate_words (certificate_words) VALUES ('delete-all');
INSERT INTO certificate_words (certificate_words, rank) VALUES ('automerge', 4);
INSERT INTO certificate_words (rowid, words)
    SELECT id, lower(display_name || ' ' || names || ' ' || hex(serial) || ' ' || hex(fingerprint)) FROM certificates;
DELETE FROM settings WHERE key = 'registry.rebuild';
