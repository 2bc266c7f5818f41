-- What an installation of 0.1.0 has to lose before the functions of now are put in place:
-- functions that are gone or have other arguments, and all triggers, which are made anew behind the
-- functions.  Entry points that accessors call are never among them.
DROP EVENT TRIGGER assoc_registry_follow_drop;
DROP EVENT TRIGGER assoc_registry_follow_rename;
DROP TRIGGER registry_guard ON assoc.models;
DROP TRIGGER registry_guard ON assoc.associations;
DROP TRIGGER registry_changed ON assoc.models;
DROP TRIGGER registry_changed ON assoc.associations;
DROP FUNCTION assoc.check();
DROP FUNCTION assoc.load_error(text, jsonb);
DROP FUNCTION assoc.discover(name, boolean);
DROP FUNCTION assoc.discover_plan(name);
