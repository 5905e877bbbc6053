// A flat Serial of 256 words, every width another: asked whether it is accepted, and what it returns.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

struct Net
    : Serial<Dense<512, He>, Relu, Dense<511, He>, Relu, Dense<510, He>, Relu, Dense<509, He>, Relu, Dense<508, He>,
             Relu, Dense<507, He>, Relu, Dense<506, He>, Relu, Dense<505, He>, Relu, Dense<504, He>, Relu,
             Dense<503, He>, Relu, Dense<502, He>, Relu, Dense<501, He>, Relu, Dense<500, He>, Relu, Dense<499, He>,
             Relu, Dense<498, He>, Relu, Dense<497, He>, Relu, Dense<496, He>, Relu, Dense<495, He>, Relu,
             Dense<494, He>, Relu, Dense<493, He>, Relu, Dense<492, He>, Relu, Dense<491, He>, Relu, Dense<490, He>,
             Relu, Dense<489, He>, Relu, Dense<488, He>, Relu, Dense<487, He>, Relu, Dense<486, He>, Relu,
             Dense<485, He>, Relu, Dense<484, He>, Relu, Dense<483, He>, Relu, Dense<482, He>, Relu, Dense<481, He>,
             Relu, Dense<480, He>, Relu, Dense<479, He>, Relu, Dense<478, He>, Relu, Dense<477, He>, Relu,
             Dense<476, He>, Relu, Dense<475, He>, Relu, Dense<474, He>, Relu, Dense<473, He>, Relu, Dense<472, He>,
             Relu, Dense<471, He>, Relu, Dense<470, He>, Relu, Dense<469, He>, Relu, Dense<468, He>, Relu,
             Dense<467, He>, Relu, Dense<466, He>, Relu, Dense<465, He>, Relu, Dense<464, He>, Relu, Dense<463, He>,
             Relu, Dense<462, He>, Relu, Dense<461, He>, Relu, Dense<460, He>, Relu, Dense<459, He>, Relu,
             Dense<458, He>, Relu, Dense<457, He>, Relu, Dense<456, He>, Relu, Dense<455, He>, Relu, Dense<454, He>,
             Relu, Dense<453, He>, Relu, Dense<452, He>, Relu, Dense<451, He>, Relu, Dense<450, He>, Relu,
             Dense<449, He>, Relu, Dense<448, He>, Relu, Dense<447, He>, Relu, Dense<446, He>, Relu, Dense<445, He>,
             Relu, Dense<444, He>, Relu, Dense<443, He>, Relu, Dense<442, He>, Relu, Dense<441, He>, Relu,
             Dense<440, He>, Relu, Dense<439, He>, Relu, Dense<438, He>, Relu, Dense<437, He>, Relu, Dense<436, He>,
             Relu, Dense<435, He>, Relu, Dense<434, He>, Relu, Dense<433, He>, Relu, Dense<432, He>, Relu,
             Dense<431, He>, Relu, Dense<430, He>, Relu, Dense<429, He>, Relu, Dense<428, He>, Relu, Dense<427, He>,
             Relu, Dense<426, He>, Relu, Dense<425, He>, Relu, Dense<424, He>, Relu, Dense<423, He>, Relu,
             Dense<422, He>, Relu, Dense<421, He>, Relu, Dense<420, He>, Relu, Dense<419, He>, Relu, Dense<418, He>,
             Relu, Dense<417, He>, Relu, Dense<416, He>, Relu, Dense<415, He>, Relu, Dense<414, He>, Relu,
             Dense<413, He>, Relu, Dense<412, He>, Relu, Dense<411, He>, Relu, Dense<410, He>, Relu, Dense<409, He>,
             Relu, Dense<408, He>, Relu, Dense<407, He>, Relu, Dense<406, He>, Relu, Dense<405, He>, Relu,
             Dense<404, He>, Relu, Dense<403, He>, Relu, Dense<402, He>, Relu, Dense<401, He>, Relu, Dense<400, He>,
             Relu, Dense<399, He>, Relu, Dense<398, He>, Relu, Dense<397, He>, Relu, Dense<396, He>, Relu,
             Dense<395, He>, Relu, Dense<394, He>, Relu, Dense<393, He>, Relu, Dense<392, He>, Relu, Dense<391, He>,
             Relu, Dense<390, He>, Relu, Dense<389, He>, Relu, Dense<388, He>, Relu, Dense<387, He>, Relu,
             Dense<386, He>, Relu, Dense<385, He>, Dense<1>> {};

static_assert(accepts<Net, Vector<784>>);
static_assert(std::is_same_v<output_of<Net, Vector<784>>, Vector<1>>);
static_assert(program<Net>.size == 256);
