-- Nothing is lost: pieces are made anew from the entries, and the newest lists are put together from these.
DROP TRIGGER crl_entry_is_cut_in;
DROP TRIGGER crl_entry_is_cut_out;
DROP TRIGGER crl_entry_is_cut_again;
DROP TABLE crl_marks;
DROP TABLE crl_cuts;
DROP TABLE crl_pieces;
