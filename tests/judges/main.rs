//! Every profile, with every kind of key, before every judge; a linter's findings; and every name that others gave their authorities; and
//! NIST's path cases. The outcome is `docs/judges.md` and `docs/pkits.md`, which `INSTA_UPDATE=always cargo test -p suite --test judges` writes anew.

mod cannot;
mod der;
mod generations;
mod lists;
mod made;
mod matrix;
mod page;
mod pkits;
mod rechaining;
mod revocation;
mod waivers;
