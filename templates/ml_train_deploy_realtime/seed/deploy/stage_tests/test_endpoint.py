"""What an endpoint must pass before a person is asked to take it to production."""

from deploy import checks


def test_it_answers_every_row(ask, labelled):
    checks.answers_rows(ask, labelled[0].head(10))


def test_it_reads_csv_and_json(ask, labelled):
    checks.reads_both_types(ask, labelled[0].head(5))


def test_it_refuses_malformed_rows(ask):
    checks.refuses_malformed(ask)


def test_it_is_as_good_as_it_was_registered(ask, labelled, training):
    checks.is_good(ask, *labelled, training.minimum_auc)


def test_it_answers_in_time(ask, labelled, serving):
    checks.is_fast(ask, labelled[0], serving.alarms["latency_ms"])


def test_it_stands_several_callers(ask, labelled, serving):
    checks.is_fast(ask, labelled[0], serving.alarms["latency_ms"], calls=40, callers=4)


def test_it_tells_no_internals(ask):
    checks.tells_no_internals(ask)


def test_it_stays_sane(ask, labelled):
    checks.stays_sane(ask, labelled[0])
