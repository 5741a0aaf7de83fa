using System.Runtime.CompilerServices;
using System.Text.Json;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>An answer that shows everyone in the channels of a service, made a piece at a time. For one caller at a time.</summary>
/// <remarks>
/// Who is in a channel is read in short reads, and held in few bytes until the channel is written: names and hashes stand in two arrays that have to agree, and
/// peers stand by the names of their organizations, which are known when the last one is.
/// </remarks>
/// <param name="frame">The answer as it is where nobody is in the channels of <paramref name="view"/>.</param>
internal sealed class ChannelsBody(ServiceManagement services, ServiceView view, JsonElement frame) : IAsyncDisposable
{
    private const int FlushEvery = 16 * 1024;

    private ChannelCensus? census;
    private IAsyncEnumerator<bool>? pieces;

    public ChunkedBody Body { get; } = new();

    public ValueTask DisposeAsync() => pieces?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>How many bytes are held beside the body.</summary>
    public long Held() => census?.Size ?? 0;

    /// <summary>Writes the next piece; false when it was the last.</summary>
    public async Task<bool> WriteNextAsync(CancellationToken cancellationToken)
    {
        pieces ??= WriteAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        return await pieces.MoveNextAsync();
    }

    /// <summary>Comes by whenever there is a piece to send.</summary>
    private async IAsyncEnumerable<bool> WriteAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(Body, new JsonWriterOptions { Encoder = Answers.Json.Options.Encoder });
        json.WriteStartObject();
        foreach (var property in frame.EnumerateObject())
        {
            if (property.Name != "channels")
            {
                property.WriteTo(json);
                continue;
            }

            json.WriteStartArray(property.Name);
            foreach (var (channel, empty) in view.Channels.Zip(property.Value.EnumerateArray()))
            {
                json.Flush(); // the body may be sent and forgotten meanwhile
                await foreach (var piece in CountAsync(channel, cancellationToken))
                {
                    yield return piece;
                }

                foreach (var piece in Write(json, empty, census!))
                {
                    yield return piece;
                }
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private async IAsyncEnumerable<bool> CountAsync(ChannelView channel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        census = new ChannelCensus();
        foreach (var organization in channel.Organizations)
        {
            census.Add(null, organization.Name, organization.Hash, organization.Peers.Length);
        }

        var after = channel.IsOwn ? "" : null; // of the others in a channel that it has joined, a member sees nothing
        while (after is not null)
        {
            var piece = await services.ReadPresentAsync(view, channel.Name, after, cancellationToken);
            foreach (var (member, organization) in piece.Rows.SelectMany(member => member.Organizations, (member, organization) => (member, organization)))
            {
                census.Add(member.Id, organization.Name, Names.HashOf(organization.Name, member.ServiceId), organization.NodeCount);
            }

            after = piece.Next;
            yield return true;
        }

        census.Sort();
    }

    private static IEnumerable<bool> Write(Utf8JsonWriter json, JsonElement empty, ChannelCensus census)
    {
        json.WriteStartObject();
        foreach (var property in empty.EnumerateObject())
        {
            var filling = property.Name switch
            {
                "org_names" => WriteAll(json, census.Names),
                "org_name_hash" => WriteAll(json, census.Hashes),
                "peers" => WritePeers(json, census),
                _ => null,
            };
            if (filling is null)
            {
                property.WriteTo(json);
                continue;
            }

            json.WritePropertyName(property.Name);
            foreach (var piece in filling)
            {
                yield return piece;
            }
        }

        json.WriteEndObject();
    }

    private static IEnumerable<bool> WritePeers(Utf8JsonWriter json, ChannelCensus census)
    {
        json.WriteStartObject();
        foreach (var (name, peers) in census.PeersByName())
        {
            json.WritePropertyName(name);
            foreach (var piece in WriteAll(json, peers))
            {
                yield return piece;
            }
        }

        json.WriteEndObject();
    }

    private static IEnumerable<bool> WriteAll(Utf8JsonWriter json, IEnumerable<string> texts)
    {
        json.WriteStartArray();
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
            if (json.BytesPending > FlushEvery)
            {
                json.Flush();
                yield return true;
            }
        }

        json.WriteEndArray();
    }
}
