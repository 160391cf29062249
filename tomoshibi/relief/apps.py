from django.apps import AppConfig


class ReliefConfig(AppConfig):
    """Victims, dwellings, damage surveys and disaster certificates."""

    name = "tomoshibi.relief"
    label = "relief"

    def ready(self) -> None:
        from tomoshibi.relief import (  # noqa: F401  # they register themselves
            batches,
            duplicates,
            dwelling_facts,
            entitlements,
            facts,
            joint_facts,
            laws,
            layouts,
            online,
            panels,
            papers,
            reckoning,
            rounds,
            schemes,
            seals,
            sheets,
            superseding,
            survey_facts,
            victims,
        )
