from django.db import migrations, models


class Migration(migrations.Migration):
    """R19: who reported a middel stolen does not lift the bar."""

    dependencies = [("koppeling", "0002_account_en_organisatie_samen")]

    operations = [
        migrations.AddField(
            model_name="middel",
            name="gestolen_door_id",
            field=models.BigIntegerField(help_text="Wie het meldde: een ander heft de blokkade op", null=True),
        ),
    ]
