# Two images from one file: `productie` (the last one, so the default) and `buitenwereld`, for a demonstration only.
FROM python:3.11-slim-bookworm AS basis
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent mijnduo
WORKDIR /app

FROM basis AS pakketten
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.txt

FROM basis AS pakketten-buitenwereld
RUN python -m venv /opt/venv
COPY requirements-buitenwereld.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements-buitenwereld.txt

FROM basis AS buitenwereld
COPY --from=pakketten-buitenwereld /opt/venv /opt/venv
COPY buitenwereld/ buitenwereld/
RUN install -d -o mijnduo -g mijnduo /hm
ENV BUITENWERELD_MAP=/hm BUITENWERELD_BIND=0.0.0.0
USER 10001:10001
EXPOSE 8001 8025
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8001/makelaar/metadata', timeout=4)"]
CMD ["python", "-m", "buitenwereld"]

FROM basis AS productie
# WeasyPrint draws the letters with these (mijnduo/lokaal/pango.py).
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=pakketten /opt/venv /opt/venv
COPY manage.py ./
COPY verantwoording/ verantwoording/
COPY accounts/ accounts/
COPY koppeling/ koppeling/
COPY autorisatie/ autorisatie/
COPY beheer/ beheer/
COPY planning/ planning/
COPY publiek/ publiek/
COPY mijnduo/ mijnduo/
COPY templates/ templates/
COPY static/ static/
# The settings want to be complete; none of these values ends up in the image.
RUN OMGEVING=productie SECRET_KEY=bouw BASIS_URL=https://bouw.example DATABASE_URL=postgres://bouw/bouw \
    REDIS_URL=redis://bouw EMAIL_URL=smtp://bouw ACTIVATIECODE_PEPERS=bouw:00 EHERKENNING_HM_METADATA=bouw \
    EHERKENNING_ENTITY_ID=bouw EHERKENNING_SP_KEY=bouw EHERKENNING_SP_CERT=bouw EHERKENNING_SERVICE_ID=bouw \
    python manage.py collectstatic --no-input
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=9)"]
CMD ["gunicorn", "mijnduo.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
