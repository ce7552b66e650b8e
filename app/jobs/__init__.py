"""Long work done beside the requests that ask for it: kept in the database, carried out once, followed from afar."""
