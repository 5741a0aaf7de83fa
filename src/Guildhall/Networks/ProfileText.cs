using System.Buffers;
using System.Text;
using System.Text.Json;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>Writes a connection profile with what Guildhall reads of one: every certificate in it, and no key, password or path.</summary>
public static class ProfileText
{
    public static string Write(ConnectionProfile profile)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, SignatureRequestFile.Readable))
        {
            json.WriteStartObject();
            json.WriteString("name", profile.Name);
            json.WriteStartObject("organizations");
            foreach (var organization in profile.Organizations)
            {
                json.WriteStartObject(organization.Name);
                json.WriteString("mspid", organization.MspId);
                WriteNames(json, "peers", organization.Peers);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            WriteNodes(json, "orderers", profile.Orderers);
            WriteNodes(json, "peers", profile.Peers);
            WriteChannels(json, profile);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void WriteNodes(Utf8JsonWriter json, string section, IEnumerable<ProfileNode> nodes)
    {
        json.WriteStartObject(section);
        foreach (var node in nodes)
        {
            json.WriteStartObject(node.Name);
            json.WriteString("url", $"{(node.Endpoint.Address.Scheme == Uri.UriSchemeHttps ? "grpcs" : "grpc")}://{node.Endpoint}");
            if (node.Endpoint.ServerName is { } name)
            {
                json.WriteStartObject("grpcOptions");
                json.WriteString("ssl-target-name-override", name);
                json.WriteEndObject();
            }

            if (!node.Endpoint.TlsAuthorities.IsEmpty)
            {
                json.WriteStartObject("tlsCACerts");
                json.WriteString("pem", string.Join('\n', node.Endpoint.TlsAuthorities.Select(authority => authority.ExportCertificatePem())) + "\n");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteChannels(Utf8JsonWriter json, ConnectionProfile profile)
    {
        json.WriteStartObject("channels");
        foreach (var channel in profile.Channels)
        {
            json.WriteStartObject(channel.Name);
            WriteNames(json, "orderers", channel.Orderers);
            json.WriteStartObject("peers");
            foreach (var peer in channel.Peers)
            {
                json.WriteStartObject(peer);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string key, IEnumerable<string> names)
    {
        json.WriteStartArray(key);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
