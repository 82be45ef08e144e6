"""What each model can do and what a request will cost."""

from services.catalogue.catalogue import Catalogue
from services.catalogue.choice import Shape
from services.catalogue.options import Field
from services.catalogue.pricing import NotEstimable, Price, price

__all__ = ["Catalogue", "Field", "NotEstimable", "Price", "Shape", "price"]
