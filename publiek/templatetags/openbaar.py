from django import template

from publiek.services.opmaak import link_contact, link_site, render_markdown

register = template.Library()
register.filter("opgemaakt", render_markdown)
register.filter("contactregel", link_contact)
register.simple_tag(link_site, name="andere_site")
