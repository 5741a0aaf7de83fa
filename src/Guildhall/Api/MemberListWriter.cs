using System.Text.Json;
using Guildhall.Api.Wire;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>Writes the body of ListMembers, one member after another.</summary>
/// <param name="limit">The most members of the page; null where the caller asked for no pages.</param>
/// <param name="isExtended">Adds what the reference has no field for: the state above all.</param>
internal sealed class MemberListWriter(ChunkedBody body, int? limit, bool isExtended) : IDisposable
{
    private const int FlushEvery = 16 * 1024;

    private readonly Utf8JsonWriter json = new(body, new JsonWriterOptions { Encoder = Answers.Json.Options.Encoder });
    private string? last;
    private int count;
    private bool isCut;

    public void Begin()
    {
        json.Reset();
        body.Clear();
        (last, count, isCut) = (null, 0, false);
        json.WriteStartObject();
        json.WriteStartArray("members");
    }

    /// <summary>Adds a member; false when the page is full, and this one is for the next.</summary>
    public bool TryAdd(Membership membership)
    {
        if (count == limit)
        {
            isCut = true;
            return false;
        }

        JsonSerializer.Serialize(json, ListMembers.ToWire(membership, isExtended), Answers.Json.Member);
        (last, count) = (membership.Id, count + 1);
        if (json.BytesPending > FlushEvery)
        {
            json.Flush();
        }

        return true;
    }

    public void End()
    {
        json.WriteEndArray();
        if (limit is not null)
        {
            json.WritePropertyName("page_info");
            JsonSerializer.Serialize(json, new PageInfo(isCut ? last : null, count), Answers.Json.PageInfo);
        }

        json.WriteEndObject();
        json.Flush();
    }

    public void Dispose() => json.Dispose();
}
