-- What an installation of 0.1.0 has to lose before the functions of now are put in place:
-- functions that are gone or have other arguments.  Entry points that accessors call are
-- never among them.
DROP FUNCTION assoc.check();
DROP FUNCTION assoc.load_error(text, jsonb);
DROP FUNCTION assoc.discover(name, boolean);
DROP FUNCTION assoc.discover_plan(name);
