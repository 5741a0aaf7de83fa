using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Guildhall.Demo;

/// <summary>What only the demo reads and writes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoFile))]
[JsonSerializable(typeof(NetworkState))]
[JsonSerializable(typeof(ChannelTrouble))]
[JsonSerializable(typeof(ClockState))]
internal sealed partial class DemoJson : JsonSerializerContext
{
    public static DemoJson Plain { get; } = new(Written(isIndented: false));

    public static DemoJson Indented { get; } = new(Written(isIndented: true));

    private static JsonSerializerOptions Written(bool isIndented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = isIndented,

        // A file that was cut or written by hand is none, and is not read as one with holes.
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };
}
