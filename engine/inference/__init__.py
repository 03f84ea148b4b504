"""From films to sentences: sessions, beam search and drafts."""
