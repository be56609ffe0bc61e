"""What lesson 12 shows of an audit."""

import numpy as np

from course_lib.lessons.l12_reward_audit import Audit, pay_row


def test_a_row_holds_the_score_and_what_the_terms_pay():
    terms = {"local": np.array([1.0, 2.0]), "staged": np.array([0.25, 0.25]), "other": np.ones(2)}
    audit = Audit(scores=np.array([-1000.0, -3000.0]), terms=terms)
    assert pay_row(audit) == ("-2,000", "1.5", "0.2", "1.8")
