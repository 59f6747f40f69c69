"""People: accounts with one role each, sign-in, sessions, stations, and the waves interviewers work on."""
