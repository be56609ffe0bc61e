"""Three studies that come with the course, as examples to read and to copy."""

from ..plan import StudyPlan
from ..runs import Measure
from . import heterogeneous, owners, scale

EXAMPLES: dict[str, tuple[StudyPlan, Measure]] = {
    module.PLAN.name: (module.PLAN, module.measure) for module in (heterogeneous, scale, owners)
}
"""Name -> plan, and what measures one arm with one seed."""
