using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Guildhall.Api.Wire;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>What the body of a list looks like.</summary>
/// <param name="Name">The list's name in the body.</param>
/// <param name="MarkerOf">A place in the list as a caller names it.</param>
internal sealed record ListShape<TRow, TPlace, TWire>(string Name, JsonTypeInfo<TWire> Type, Func<TRow, TWire> ToWire, Func<TPlace, string> MarkerOf);

/// <summary>The body of a list, made a piece at a time. For one caller at a time.</summary>
/// <remarks>
/// Every piece is a short read of its own, of what stands behind the last row of the piece before it. So no row is shown twice, and one that is there all along
/// is shown; of one that changes meanwhile, either state may be.
/// </remarks>
/// <param name="limit">The most rows of the page; null where the caller asked for no pages.</param>
/// <param name="begin">Behind which the list begins; null for all of it.</param>
/// <param name="read">Reads at most so many rows behind the place.</param>
/// <param name="count">Counts the rows on all pages, where the body says how many there are.</param>
internal sealed class ListBody<TRow, TPlace, TWire>(
    ListShape<TRow, TPlace, TWire> shape,
    int? limit,
    TPlace? begin,
    Func<TPlace?, int, CancellationToken, Task<Piece<TRow, TPlace>>> read,
    Func<CancellationToken, Task<Counted>>? count = null) : IDisposable
    where TPlace : class
{
    /// <summary>Rows of a piece: so many that it does not matter that each is looked up anew, and few enough to be no burden while they are sent.</summary>
    private const int PieceRows = 200;

    private const int FlushEvery = 16 * 1024;

    private readonly ChunkedBody body = new();
    private Utf8JsonWriter? json;
    private TPlace? place = begin;
    private Counted? counted;
    private int written;

    public ChunkedBody Body => body;

    /// <summary>Writes the next piece; false when it was the last.</summary>
    public async Task<bool> WriteNextAsync(CancellationToken cancellationToken)
    {
        var wanted = limit is { } most ? Math.Min(PieceRows, most - written) : PieceRows;
        var piece = await read(place, wanted, cancellationToken);
        var isFull = written + wanted == limit || (limit is not null && piece.Rows.Count < wanted); // or it has looked as far as one page may
        var isLast = piece.Next is null || isFull;
        if (json is null)
        {
            await BeginAsync(isLast ? piece.Rows.Count : null, cancellationToken);
        }

        foreach (var row in piece.Rows)
        {
            JsonSerializer.Serialize(json!, shape.ToWire(row), shape.Type);
            if (json!.BytesPending > FlushEvery)
            {
                json.Flush();
            }
        }

        written += piece.Rows.Count;
        place = piece.Next;
        if (isLast)
        {
            End();
        }

        json!.Flush();
        return !isLast;
    }

    public void Dispose() => json?.Dispose();

    /// <param name="whole">How many rows the list has, where it is short enough to tell already.</param>
    private async Task BeginAsync(int? whole, CancellationToken cancellationToken)
    {
        json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = Answers.Json.Options.Encoder });
        json.WriteStartObject();
        if (count is not null)
        {
            counted = limit is not null ? await count(cancellationToken) : whole is { } rows ? new Counted(rows, IsExact: true) : null;
            if (counted is { } known)
            {
                json.WriteNumber("count", known.Rows);
            }
        }

        json.WriteStartArray(shape.Name);
    }

    private void End()
    {
        json!.WriteEndArray();
        if (count is not null && counted is null)
        {
            json.WriteNumber("count", written); // a long list is counted as it is sent
        }

        if (limit is not null)
        {
            json.WritePropertyName("page_info");
            var isLimited = counted is { IsExact: false } ? true : (bool?)null;
            JsonSerializer.Serialize(json, new PageInfo(place is null ? null : shape.MarkerOf(place), written, isLimited), Answers.Json.PageInfo);
        }

        json.WriteEndObject();
    }
}
