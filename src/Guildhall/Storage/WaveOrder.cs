namespace Guildhall.Storage;

/// <summary>Which of the statements that wait go out together, in which order, and which wait for the next round trip.</summary>
/// <remarks>
/// Who sees one change of a piece of work is to see all of them, as though the pieces ran one after another. So:
/// <list type="bullet">
/// <item>Changes go first, those of one text together; then the queries, likewise. What was queued before a query is in front of it.</item>
/// <item>While a piece is between its first change and its end, no piece that has changed nothing yet reads. It decides on what it read before, or after.</item>
/// <item>The statements of one piece keep their order, and follow those of the pieces that ended before it began.</item>
/// </list>
/// </remarks>
internal sealed class WaveOrder
{
    private readonly List<List<Statement>> changes = [];
    private readonly List<List<Statement>> queries = [];
    private readonly Dictionary<string, int> lastOfText = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Statement>> queriesOfText = new(StringComparer.Ordinal);
    private readonly Dictionary<Wave.Turn, Place> places = [];
    private readonly bool isAnyOpen;

    /// <param name="waiting">In the order in which they were asked for.</param>
    /// <param name="isAnyOpen">Whether a piece is between its first change and its end.</param>
    public WaveOrder(IEnumerable<Statement> waiting, bool isAnyOpen)
    {
        this.isAnyOpen = isAnyOpen;
        foreach (var statement in waiting)
        {
            Add(statement);
        }

        Groups = [.. changes, .. queries];
    }

    /// <summary>Statements of one text each, in the order in which they are sent.</summary>
    public List<List<Statement>> Groups { get; }

    /// <summary>What is in the groups, in the order in which it was asked for.</summary>
    public List<Statement> Sent { get; } = [];

    /// <summary>What waits, in the order in which it was asked for.</summary>
    public List<Statement> Held { get; } = [];

    private void Add(Statement statement)
    {
        var turn = statement.Turn;
        if (statement.IsQuery && turn.HasEnded)
        {
            return; // nobody reads the answer
        }

        var place = PlaceOf(turn);
        var isBarred = statement.IsQuery ? isAnyOpen && !turn.IsOpen : place.HasQuery;
        if (place.IsHeld || isBarred)
        {
            Held.Add(statement);
            places[turn] = place with { IsHeld = true };
            return;
        }

        Sent.Add(statement);
        places[turn] = statement.IsQuery ? Query(statement, place) : Change(statement, place);
    }

    private Place Query(Statement query, Place place)
    {
        if (!queriesOfText.TryGetValue(query.Sql, out var group))
        {
            queriesOfText.Add(query.Sql, group = []);
            queries.Add(group);
        }

        group.Add(query);
        return place with { HasQuery = true };
    }

    private Place Change(Statement change, Place place)
    {
        if (!lastOfText.TryGetValue(change.Sql, out var number) || number < place.LastChange)
        {
            number = changes.Count;
            changes.Add([]);
            lastOfText[change.Sql] = number;
        }

        changes[number].Add(change);
        return place with { LastChange = number };
    }

    /// <summary>How far the piece has come in this round trip; where it has asked for nothing yet, those before it.</summary>
    private Place PlaceOf(Wave.Turn turn)
    {
        if (places.TryGetValue(turn, out var place))
        {
            return place;
        }

        foreach (var earlier in turn.After)
        {
            place = place with { LastChange = Math.Max(place.LastChange, PlaceOf(earlier).LastChange) };
        }

        return places[turn] = place;
    }

    /// <param name="LastChange">The group of its last change.</param>
    /// <param name="HasQuery">Whether a query of its own is sent: a change comes after the answer.</param>
    /// <param name="IsHeld">Whether something of it waits, so that everything after that does.</param>
    private readonly record struct Place(int LastChange, bool HasQuery, bool IsHeld);
}
