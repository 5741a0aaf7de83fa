namespace Guildhall.Storage.Moving;

/// <summary>What a table held in the source, and what it holds in the target.</summary>
internal sealed record MovedTable(string Name, TableContent Source, TableContent Target)
{
    public bool IsSame => Source == Target;
}

/// <param name="Checksum">As <see cref="TableChecksum"/> makes it.</param>
internal sealed record TableContent(long Rows, string Checksum);

/// <summary>How far a move has come.</summary>
/// <param name="Rows">Rows of this table done, in this pass.</param>
/// <param name="Percent">Of all that there is to do.</param>
internal sealed record MoveStep(string Table, bool IsCheck, long Rows, int Percent);

/// <summary>What was written reads otherwise than what was read. Nothing of it is kept.</summary>
internal sealed class MoveDiffersException(IReadOnlyList<MovedTable> tables) : Exception("The copy differs from its source.")
{
    public IReadOnlyList<MovedTable> Tables => tables;
}
