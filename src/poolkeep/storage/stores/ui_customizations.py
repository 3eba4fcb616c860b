"""Style sheets and logos of classic pages. Implements `core.directory.ports.UICustomizations`."""

from typing import Final

from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import UICustomization

PUT: Final = """
INSERT INTO ui_customizations (pool_id, client_id, created_ms, modified_ms, css, image)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, client_id) DO UPDATE SET
  modified_ms = excluded.modified_ms, css = excluded.css, image = excluded.image"""
GET: Final = """
SELECT created_ms, modified_ms, css, image FROM ui_customizations
WHERE pool_id = ? AND client_id = ?"""
DELETE: Final = "DELETE FROM ui_customizations WHERE pool_id = ? AND client_id = ?"


class UICustomizationStore:
    """The `ui_customizations` table."""

    def put(self, tx: Transaction, customization: UICustomization) -> None:
        """Store, in place of what there is; the moment of creation stays."""
        key = (customization.pool_id, customization.client_id)
        times = (customization.created_ms, customization.modified_ms)
        tx.run(PUT, (*key, *times, customization.css, customization.image))

    def get(self, tx: Transaction, pool_id: str, client_id: str) -> UICustomization | None:
        """Return what is kept for exactly this client."""
        row = tx.one(GET, (pool_id, client_id))
        if row is None:
            return None
        return UICustomization(
            pool_id=pool_id,
            client_id=client_id,
            created_ms=row[0],
            modified_ms=row[1],
            css=row[2],
            image=row[3],
        )

    def delete(self, tx: Transaction, pool_id: str, client_id: str) -> None:
        """Remove what is kept for this client."""
        tx.run(DELETE, (pool_id, client_id))
